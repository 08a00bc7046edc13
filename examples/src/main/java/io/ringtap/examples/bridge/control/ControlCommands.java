/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 */
package io.ringtap.examples.bridge.control;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.ringtap.bridge.Bridge;
import io.ringtap.bridge.BridgePort;
import io.ringtap.channel.DescriptorSocket;
import io.ringtap.examples.ExampleCommand;
import io.ringtap.examples.bridge.view.BridgeView;
import io.ringtap.examples.bridge.view.BridgeView.StationOrder;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Does to a bridge what requests ask for. Any thread. */
final class ControlCommands {
    private final Bridge bridge;
    private final PassedTaps taps;
    private final BridgeView view;
    private final Consumer<String> log;

    /**
     * Commands to a bridge.
     *
     * @param log gets a line for each change, and for each that failed
     */
    ControlCommands(Bridge bridge, PassedTaps taps, BridgeView view, Consumer<String> log) {
        this.bridge = bridge;
        this.taps = taps;
        this.view = view;
        this.log = log;
    }

    /**
     * Does what is asked for.
     *
     * @param who asks, for the log
     * @param passed the descriptors that came along; those that are not used are closed
     * @return the answer; never fails
     */
    Future<ControlAnswer> run(ControlRequest request, String who, DescriptorSocket.Received passed) {
        try {
            String command = request.command() == null ? "" : request.command();
            if (passed.descriptors().isEmpty()) {
                return run(request, who, command);
            }
            if (!command.equals("port-add")) {
                throw new IllegalArgumentException("descriptors come with port-add alone, and not with " + command);
            }
            return change(request, who, taps.add(port(request), request.namespace(), passed));
        } catch (IllegalArgumentException wrong) {
            return answer(ControlAnswer.refused(wrong.getMessage()));
        } finally {
            passed.close();
        }
    }

    private Future<ControlAnswer> run(ControlRequest request, String who, String command) {
        return switch (command) {
            case "port-add" -> change(request, who, bridge.addPort(port(request)));
            case "port-remove" -> change(request, who, bridge.removePort(known(request)));
            case "port-mute" -> {
                bridge.mute(known(request), true);
                yield changed(request, who);
            }
            case "port-unmute" -> {
                bridge.mute(known(request), false);
                yield changed(request, who);
            }
            case "flush" -> {
                if (request.port() == null) {
                    bridge.flushStations();
                } else {
                    bridge.flushStations(known(request));
                }
                yield changed(request, who);
            }
            case "port-list" -> answer(ControlAnswer.done(view.state()));
            case "addresses" -> answer(ControlAnswer.done(
                view.stations(request.port() == null ? "" : request.port(), StationOrder.ADDRESS, 0,
                    Integer.MAX_VALUE)));
            default -> throw new IllegalArgumentException("unknown command '" + command + "': there are port-add,"
                + " port-remove, port-mute, port-unmute, port-list, flush and addresses");
        };
    }

    private static String port(ControlRequest request) {
        if (request.port() == null || request.port().isBlank()) {
            throw new IllegalArgumentException(request.command() + " needs a port");
        }
        if (request.port().chars().anyMatch(Character::isISOControl)) {
            // It would begin a line of its own in the log, as if somebody else had asked.
            throw new IllegalArgumentException("the name of a port has no control characters, such as ends of lines");
        }
        return request.port();
    }

    /** By its whole name, or by the name without keys if only one port is called that. */
    private BridgePort known(ControlRequest request) {
        String name = port(request);
        List<BridgePort> ports = bridge.ports();
        for (BridgePort port : ports) {
            if (port.name().equals(name)) {
                return port;
            }
        }
        List<BridgePort> withKeys = ports.stream().filter(port -> port.name().startsWith(name + ",")).toList();
        if (withKeys.size() != 1) {
            throw new IllegalArgumentException("there is no port '" + name + "' in the bridge: "
                + (ports.isEmpty() ? "it has none" : "there are " + String.join(" ", ports.stream()
                .map(BridgePort::name).toList())));
        }
        return withKeys.get(0);
    }

    private Future<ControlAnswer> changed(ControlRequest request, String who) {
        return change(request, who, ImmediateEventExecutor.INSTANCE.newSucceededFuture(null));
    }

    private Future<ControlAnswer> change(ControlRequest request, String who, Future<?> change) {
        Promise<ControlAnswer> answered = ImmediateEventExecutor.INSTANCE.newPromise();
        change.addListener(done -> {
            view.forget();
            String what = who + ": " + request.command() + (request.port() == null ? "" : " " + request.port());
            if (done.isSuccess()) {
                log.accept(what);
                String name = done.getNow() instanceof BridgePort port ? port.name() : request.port();
                answered.setSuccess(ControlAnswer.done(name == null ? Map.of() : Map.of("port", name)));
            } else {
                String cause = ExampleCommand.message(done.cause());
                log.accept(what + ": " + cause);
                answered.setSuccess(ControlAnswer.refused(cause));
            }
        });
        return answered;
    }

    private static Future<ControlAnswer> answer(ControlAnswer answer) {
        return ImmediateEventExecutor.INSTANCE.newSucceededFuture(answer);
    }
}
