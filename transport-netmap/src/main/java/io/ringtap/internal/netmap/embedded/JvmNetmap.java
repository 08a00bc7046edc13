/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.internal.netmap.embedded;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ringtap.internal.netmap.driver.NetmapBackend;
import io.ringtap.internal.netmap.driver.NetmapFile;
import io.ringtap.internal.netmap.driver.NetmapRegistration;
import io.ringtap.internal.netmap.driver.NetmapRequest;
import io.ringtap.internal.netmap.layout.NetmapLayout.Register;
import io.ringtap.netmap.NetmapError;
import io.ringtap.netmap.NetmapException;
import io.ringtap.netmap.NetmapMode;
import io.ringtap.netmap.NetmapRingCounts;
import io.ringtap.netmap.embedded.EmbeddedNetmap;
import io.ringtap.netmap.embedded.ValeStats;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@link EmbeddedNetmap}: its switches, pipes, persistent ports and memory regions, by name. The monitor of this
 * object guards everything that opens, binds or closes ports; a sync takes the lock of its switch or pipe only.
 */
public final class JvmNetmap implements EmbeddedNetmap, NetmapBackend {
    /** As in the kernel, {@code NM_BDG_MAXRINGS}. If more rings are asked for, the port has this number. */
    static final int MAX_RINGS = 16;
    /** As in the kernel, {@code NM_BDG_MAXSLOTS}. */
    static final int MAX_SLOTS = 4096;
    private static final int DEFAULT_SLOTS = 1024;
    /** One slot always stays empty, so a ring of one slot could never hold anything. */
    private static final int MIN_SLOTS = 2;
    private static final int MAX_PORT_NAME = 15;
    private static final String VALE = "vale";
    private static final JvmNetmap SHARED = new JvmNetmap();

    private final ByteBufAllocator allocator;
    private final ByteBufAllocator frameAllocator;
    private final Map<String, ValeSwitch> switches = new HashMap<>();
    private final Map<String, EmbeddedPort> ports = new HashMap<>();
    /** The persistent ports, by name. */
    private final Map<String, Persistent> persistent = new HashMap<>();
    private final Map<Integer, Region> regions = new HashMap<>();
    /** The memory region of each port that is open or has pipes, by the name of the port. */
    private final Map<String, Region> regionOf = new HashMap<>();
    private int lastId = 1;

    /** A netmap without any port. */
    public JvmNetmap() {
        this(UnpooledByteBufAllocator.DEFAULT, ByteBufAllocator.DEFAULT);
    }

    /**
     * A netmap without any port.
     *
     * @param allocator of its regions
     * @param frameAllocator of the frames that a switch makes
     */
    JvmNetmap(ByteBufAllocator allocator, ByteBufAllocator frameAllocator) {
        this.allocator = allocator;
        this.frameAllocator = frameAllocator;
    }

    /** The one that ports opened by name use. */
    public static JvmNetmap shared() {
        return SHARED;
    }

    @Override
    public String name() {
        return "embedded";
    }

    @Override
    public NetmapFile open() {
        return new EmbeddedFile(this);
    }

    @Override
    public ValeStats stats(String switchName) {
        ValeSwitch vale;
        synchronized (this) {
            vale = switches.get(switchName);
        }
        return vale == null ? null : vale.stats();
    }

    /** The port with a name. */
    synchronized EmbeddedPort port(String name) throws NetmapException {
        EmbeddedPort port = ports.get(name);
        if (port == null) {
            throw new NetmapException(name + " in the embedded netmap", NetmapError.ENXIO);
        }
        return port;
    }

    synchronized NetmapRegistration info(String name) throws NetmapException {
        EmbeddedPort port = ports.get(name);
        if (port != null) {
            EmbeddedMemory memory = port.memory();
            return new NetmapRegistration(0, memory.size(), port.counts(), memory.id(), 0);
        }
        // To tell what the port would be, it is created, examined and removed again.
        try (EmbeddedFile file = new EmbeddedFile(this)) {
            NetmapRegistration would = file.register(new NetmapRequest(name, NetmapMode.ALL_NIC, 0,
                0, 0, NetmapRingCounts.DEFAULT, 0, null));
            return new NetmapRegistration(0, would.memorySize(), would.counts(), would.memoryId(), 0);
        }
    }

    synchronized EmbeddedBinding bind(EmbeddedFile file, NetmapRequest request) throws NetmapException {
        String name = request.portName();
        if ((request.flags() & Register.MONITOR) != 0) {
            throw new NetmapException(name + ": the embedded netmap has no monitors", NetmapError.EOPNOTSUPP);
        }
        if (request.externalMemory() != null) {
            throw new NetmapException(name + ": the embedded netmap takes no external memory", NetmapError.EOPNOTSUPP);
        }
        requireRegion(name, request.memoryId());
        EmbeddedPort port = ports.get(name);
        if (port == null) {
            port = create(request);
        }
        boolean done = false;
        try {
            if (port.headerLength() != 0 && (request.flags() & Register.ACCEPT_VNET_HDR) == 0) {
                throw new NetmapException(name + " has a vnet header of " + port.headerLength() + " bytes, which is "
                    + "not accepted", NetmapError.EIO);
            }
            EmbeddedBinding binding = new EmbeddedBinding(port, request, file);
            // The memory has to stay for the buffers that were lent of it, even when the port has been removed.
            regions.get(port.memory().id()).users++;
            done = true;
            return binding;
        } finally {
            if (!done && !port.isUsed()) {
                port.unused();
            }
        }
    }

    /** Unbinds the rings of a file. The port is removed when no file has rings of it any more. */
    synchronized void releaseRings(EmbeddedFile file, EmbeddedBinding binding) {
        if (binding.releaseRings(file) && !binding.port().isUsed()) {
            binding.port().unused();
        }
    }

    synchronized void unbind(EmbeddedFile file, EmbeddedBinding binding) {
        releaseRings(file, binding);
        binding.freeMemory();
        release(regions.get(binding.port().memory().id()));
    }

    private void requireRegion(String name, int id) throws NetmapException {
        if (id != 0 && !regions.containsKey(id)) {
            throw new NetmapException(name + ": there is no memory region " + id + " in the embedded netmap",
                NetmapError.EINVAL);
        }
    }

    synchronized void create(String name, NetmapRingCounts counts, int memoryId) throws NetmapException {
        if (name.isEmpty() || name.length() > MAX_PORT_NAME || name.startsWith(VALE)) {
            throw new NetmapException(name + ": a persistent port has a name of 1 to " + MAX_PORT_NAME
                + " characters that does not begin with " + VALE, NetmapError.EINVAL);
        }
        requireRegion(name, memoryId);
        if (persistent.putIfAbsent(name, new Persistent(counts, memoryId)) != null) {
            throw new NetmapException("persistent port " + name, NetmapError.EEXIST);
        }
    }

    synchronized void destroy(String name) throws NetmapException {
        if (!persistent.containsKey(name)) {
            throw new NetmapException("persistent port " + name + " in the embedded netmap", NetmapError.ENXIO);
        }
        for (EmbeddedPort port : ports.values()) {
            if (port.isAttached() && port.name().endsWith(':' + name)) {
                throw new NetmapException(name + ", which is attached as " + port.name(), NetmapError.EBUSY);
            }
        }
        persistent.remove(name);
    }

    synchronized void attach(NetmapRequest request) throws NetmapException {
        String name = request.portName();
        int colon = requireVale(name);
        requireRegion(name, request.memoryId());
        if (ports.containsKey(name)) {
            throw new NetmapException(name + ": attached or open", NetmapError.EBUSY);
        }
        String interfaceName = name.substring(colon + 1);
        Persistent port = persistent.get(interfaceName);
        if (port == null) {
            throw new NetmapException(NetmapError.EINVAL, name + ": the embedded netmap has no interface '"
                + interfaceName + "' to attach; it has those made with create()");
        }
        for (EmbeddedPort other : ports.values()) {
            if (other.isAttached() && other.name().endsWith(':' + interfaceName)) {
                throw new NetmapException(name + ": attached as " + other.name(), NetmapError.EBUSY);
            }
        }
        int memoryId = request.memoryId() != 0 ? request.memoryId()
            : regions.containsKey(port.memoryId) ? port.memoryId : 0;
        createVale(new NetmapRequest(name, NetmapMode.ALL_NIC, 0, 0, memoryId, port.counts, 0, null), name,
            name.substring(0, colon)).attached(true);
    }

    synchronized void detach(String name) throws NetmapException {
        requireVale(name);
        EmbeddedPort port = port(name);
        if (!port.isAttached() || !port.files().isEmpty()) {
            throw new NetmapException(name + (port.isAttached() ? ": somebody has it open"
                : ": it was never attached, and is removed when the last user closes it"), NetmapError.EBUSY);
        }
        port.attached(false);
        port.unused();
    }

    private static int requireVale(String name) throws NetmapException {
        int colon = name.indexOf(':');
        if (!name.startsWith(VALE) || colon < 0) {
            throw new NetmapException(name + ": the name of a port of a switch is written vale0:PORT",
                NetmapError.EINVAL);
        }
        requireSwitchName(name, colon);
        return colon;
    }

    synchronized List<String> valePorts() {
        return ports.keySet().stream().filter(name -> name.startsWith(VALE) && name.indexOf('{') < 0
            && name.indexOf('}') < 0).sorted().toList();
    }

    private EmbeddedPort create(NetmapRequest request) throws NetmapException {
        String name = request.portName();
        int brace = Math.max(name.lastIndexOf('{'), name.lastIndexOf('}'));
        if (brace >= 0) {
            return createPipe(request, name.substring(0, brace), name.substring(brace + 1), name.charAt(brace) == '{');
        }
        int colon = name.indexOf(':');
        if (!name.startsWith(VALE) || colon < 0) {
            throw new NetmapException(NetmapError.ENXIO, "no network interface '" + name + "': the embedded netmap has "
                + "VALE ports (vale0:1) and pipes (NAME{ID) only");
        }
        requireSwitchName(name, colon);
        if (persistent.containsKey(name.substring(colon + 1))) {
            throw new NetmapException(NetmapError.EINVAL, name + ": the persistent port '" + name.substring(colon + 1)
                + "' has to be attached to " + name.substring(0, colon) + " first");
        }
        return createVale(request, name, name.substring(0, colon));
    }

    /** The kernel finds no switch for such a name and reports that there is no free one, which is ENOMEM. */
    private static void requireSwitchName(String name, int colon) throws NetmapException {
        boolean good = name.length() - colon - 1 <= MAX_PORT_NAME && colon < name.length() - 1;
        for (int i = 0; i < colon; i++) {
            char c = name.charAt(i);
            good &= c == '_' || c < 128 && Character.isLetterOrDigit(c);
        }
        if (!good) {
            throw new NetmapException(name + ": a switch has letters, digits and '_' in its name, and a port 1 to "
                + MAX_PORT_NAME + " characters", NetmapError.ENOMEM);
        }
    }

    private EmbeddedPort createVale(NetmapRequest request, String name, String switchName) throws NetmapException {
        NetmapRingCounts counts = bounded(request.counts(), DEFAULT_SLOTS, DEFAULT_SLOTS);
        int buffers = buffers(counts);
        Region region = region(name, request, buffers);
        ValeSwitch vale = switches.get(switchName);
        boolean done = false;
        try {
            region.memory.reserve(name, counts.txRings() + counts.rxRings(), slots(counts), buffers,
                EmbeddedBinding.extraBuffers(request));
            if (vale == null) {
                vale = new ValeSwitch(frameAllocator);
            }
            ValeSwitch home = vale;
            ValePort port = new ValePort(name, home, region.memory, counts, () -> {
                ports.remove(name);
                if (home.isEmpty()) {
                    switches.remove(switchName);
                }
                release(name, region);
            });
            if (!home.add(port)) {
                port.free();
                throw new NetmapException(name + ": " + switchName + " has " + ValeSwitch.MAX_PORTS + " ports",
                    NetmapError.ENOMEM);
            }
            switches.put(switchName, home);
            ports.put(name, port);
            done = true;
            return port;
        } finally {
            if (!done) {
                release(name, region);
            }
        }
    }

    private EmbeddedPort createPipe(NetmapRequest request, String parent, String id, boolean master)
        throws NetmapException {
        if (parent.isEmpty() || id.isEmpty()) {
            throw new NetmapException(request.portName() + ": a pipe is written PORT{ID or PORT}ID",
                NetmapError.EINVAL);
        }
        EmbeddedPort owner = ports.get(parent);
        NetmapRingCounts counts = owner == null ? bounded(request.counts(), DEFAULT_SLOTS, DEFAULT_SLOTS)
            : bounded(request.counts(), owner.counts().txSlots(), owner.counts().rxSlots());
        if (!master) {
            counts = new NetmapRingCounts(counts.rxRings(), counts.txRings(), 0, 0, counts.rxSlots(),
                counts.txSlots());
        }
        int buffers = buffers(counts);
        Region region = region(parent, request, buffers);
        String masterName = parent + '{' + id;
        String slaveName = parent + '}' + id;
        boolean done = false;
        try {
            region.memory.reserve(request.portName(), 2 * (counts.txRings() + counts.rxRings()), slots(counts),
                buffers, EmbeddedBinding.extraBuffers(request));
            EmbeddedPipe pipe = new EmbeddedPipe(parent, id, region.memory, counts, () -> {
                ports.remove(masterName);
                ports.remove(slaveName);
                release(parent, region);
            });
            ports.put(masterName, pipe.master());
            ports.put(slaveName, pipe.slave());
            done = true;
            return master ? pipe.master() : pipe.slave();
        } finally {
            if (!done) {
                release(parent, region);
            }
        }
    }

    private static NetmapRingCounts bounded(NetmapRingCounts asked, int txSlots, int rxSlots) {
        return new NetmapRingCounts(bound(asked.txRings(), 1, 1, MAX_RINGS), bound(asked.rxRings(), 1, 1, MAX_RINGS), 0,
            0, bound(asked.txSlots(), txSlots, MIN_SLOTS, MAX_SLOTS), bound(asked.rxSlots(), rxSlots, MIN_SLOTS,
            MAX_SLOTS));
    }

    private static int bound(int asked, int otherwise, int min, int max) {
        return asked == 0 ? otherwise : Math.max(min, Math.min(asked, max));
    }

    private static int buffers(NetmapRingCounts counts) {
        return counts.txRings() * counts.txSlots() + counts.rxRings() * counts.rxSlots();
    }

    private static int slots(NetmapRingCounts counts) {
        return Math.max(counts.txSlots(), counts.rxSlots());
    }

    /** The memory region that a port and its pipes share. It has to be released once for each call. */
    private Region region(String port, NetmapRequest request, int buffers) throws NetmapException {
        Region region = regionOf.get(port);
        if (region == null) {
            region = regions.get(request.memoryId());
        }
        if (region == null) {
            int id = nextId();
            region = new Region(new EmbeddedMemory(id, allocator, buffers + EmbeddedBinding.extraBuffers(request)));
            regions.put(id, region);
        }
        region.users++;
        regionOf.put(port, region);
        region.byPort.merge(port, 1, Integer::sum);
        return region;
    }

    private int nextId() throws NetmapException {
        for (int tried = 0; tried < 0xffff; tried++) {
            lastId = lastId == 0xffff ? 2 : lastId + 1;
            if (!regions.containsKey(lastId)) {
                return lastId;
            }
        }
        throw new NetmapException("another memory region", NetmapError.ENOMEM);
    }

    private void release(String port, Region region) {
        if (region.byPort.merge(port, -1, Integer::sum) == 0) {
            region.byPort.remove(port);
            regionOf.remove(port);
        }
        release(region);
    }

    private void release(Region region) {
        if (--region.users == 0) {
            regions.remove(region.memory.id());
            region.memory.release();
        }
    }

    /** What a persistent port will ask for when it is attached. */
    private record Persistent(NetmapRingCounts counts, int memoryId) {
    }

    /** A memory region, and how many ports, pipes and bindings use it. */
    private static final class Region {
        final EmbeddedMemory memory;
        final Map<String, Integer> byPort = new HashMap<>();
        int users;

        Region(EmbeddedMemory memory) {
            this.memory = memory;
        }
    }
}
