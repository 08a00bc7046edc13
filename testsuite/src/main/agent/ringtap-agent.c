/*
 * Copyright 2026 The Ringtap Project
 * SPDX-License-Identifier: Apache-2.0
 *
 * Executes system calls of FreeBSD/amd64 that arrive over TCP, so that Ringtap's tests, which run on another machine,
 * drive the kernel of this one. Whoever knows the token can do whatever the user that started this program can do:
 * never run it on a machine in use. docs/freebsd.md says how to build and start it, and has a table of the protocol.
 *
 * It needs no C library, so that one binary is an ordinary program and is /sbin/init of a test machine that has no other
 * file. There are three kinds of processes:
 *
 *   the listener      accepts, checks greetings, and passes connections on by a socket pair to
 *   a session         one for each client program. It has a descriptor table of its own, which its workers share, and
 *                     kills them when the client's first connection ends: all that the client has opened is closed then
 *   a worker          one for each further connection of that client, which is for one of its threads: executes calls
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;
typedef unsigned long u64;
typedef long i64;

/* The protocol; all numbers are little-endian, as on this processor. */
enum { MAGIC = 0x47415452, VERSION = 1, TOKEN_MAX = 64 };
enum { WELCOME = 0, OTHER_VERSION = 1, WRONG_TOKEN = 2, NO_SUCH_SESSION = 3, NO_RESOURCES = 4 };
enum { PING = 0, CALL = 1, COUNTS = 2, PAGES = 3 };
enum { AS_LONG_AS_RESULT = 1 };
enum { DONE = 0, MALFORMED = 1 };
enum { NUMBERS = 1024, SCRATCH = 4 << 20, PAGE = 4096 };

struct hello { u32 magic, version; u64 session; u32 token_length, zero; };
struct welcome { u32 magic, version, status, zero; u64 session, scratch, scratch_length; };
struct request { u32 kind; i32 number; u32 flags, in, out_at, out; u64 argument[6]; };
struct reply { i64 result; u32 status, out; };

/* Numbers of sys/syscall.h. */
enum {
    SYS_exit = 1, SYS_fork = 2, SYS_read = 3, SYS_write = 4, SYS_open = 5, SYS_close = 6, SYS_wait4 = 7, SYS_getpid = 20,
    SYS_recvmsg = 27, SYS_sendmsg = 28, SYS_accept = 30, SYS_kill = 37, SYS_ioctl = 54, SYS_vfork = 66, SYS_mincore = 78,
    SYS_setpgid = 82, SYS_dup2 = 90, SYS_fcntl = 92, SYS_socket = 97, SYS_bind = 104, SYS_setsockopt = 105,
    SYS_listen = 106, SYS_writev = 121, SYS_socketpair = 135, SYS_poll = 209, SYS_nanosleep = 240, SYS_rfork = 251,
    SYS_kenv = 390, SYS_sigaction = 416, SYS_mmap = 477, SYS_pdfork = 518, SYS_close_range = 575
};
enum { EINTR = 4, EBADF = 9, EINVAL = 22, ENOSYS = 78 };
enum { RFNOWAIT = 1 << 6, RFPROC = 1 << 4, RFFDG = 1 << 2 };
enum { AF_UNIX = 1, AF_INET = 2, SOCK_STREAM = 1, SOCK_DGRAM = 2, SOL_SOCKET = 0xffff, SCM_RIGHTS = 1 };
enum { SO_REUSEADDR = 4, SO_SNDTIMEO = 0x1005, SO_RCVTIMEO = 0x1006, IPPROTO_TCP = 6, TCP_NODELAY = 1 };
enum { POLLIN = 1, F_DUPFD_CLOEXEC = 17, SIGKILL = 9, SIGPIPE = 13, WNOHANG = 1, ENV_MAX = 128 };

enum {
    /* A greeting that takes longer is not waited for. */
    GREETING_SECONDS = 5,
    /* A client sends a ping more often than this, or its session ends. */
    SILENCE_MILLIS = 60000,
    /* Our own descriptors are above this, so that a client sees those alone that it has opened. */
    OWN_DESCRIPTORS = 1000,
    SESSIONS = 64
};

/* The scratch memory of a process, behind the request that fills it: one read takes both. */
static struct { u8 space[PAGE - sizeof(struct request)]; struct request request; u8 scratch[SCRATCH]; } memory
    __attribute__((aligned(4096)));

/* Of a session, shared with its workers: how often each system call was executed. */
static u64 *counts;

static struct { u64 id; i32 mailbox; } sessions[SESSIONS];

static struct { char token[TOKEN_MAX + 1]; u32 token_length; u32 address; u16 port; u8 log; } settings;

static char **environment;
static i32 is_init;

static i64 system_call(i64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    register u64 r10 __asm__("r10") = d;
    register u64 r8 __asm__("r8") = e;
    register u64 r9 __asm__("r9") = f;
    u64 rdx = c;
    i64 result;
    u8 failed;
    __asm__ volatile("syscall; setc %1"
        : "=a"(result), "=q"(failed), "+d"(rdx), "+r"(r10), "+r"(r8), "+r"(r9)
        : "0"(number), "D"(a), "S"(b)
        : "rcx", "r11", "memory", "cc");
    return failed ? -result : result;
}

#define CALL_3(number, a, b, c) system_call(number, (u64)(a), (u64)(b), (u64)(c), 0, 0, 0)
#define CALL_5(number, a, b, c, d, e) system_call(number, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), 0)

/* The compiler calls these two. */
void *memset(void *to, int value, u64 length) {
    u8 *at = to;
    while (length--) {
        *at++ = (u8)value;
    }
    return to;
}

void *memcpy(void *to, const void *from, u64 length) {
    void *at = to;
    __asm__ volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(length) : : "memory");
    return to;
}

/* Text */

static u64 length_of(const char *text) {
    u64 length = 0;
    while (text[length]) {
        length++;
    }
    return length;
}

static char *append(char *to, const char *text) {
    u64 length = length_of(text);
    memcpy(to, text, length);
    return to + length;
}

static char *append_number(char *to, i64 number, u32 base) {
    char digits[24];
    i32 at = sizeof digits;
    u64 rest = number < 0 ? -(u64)number : (u64)number;
    do {
        digits[--at] = "0123456789abcdef"[rest % base];
        rest /= base;
    } while (rest);
    if (number < 0) {
        *to++ = '-';
    }
    memcpy(to, digits + at, sizeof digits - at);
    return to + sizeof digits - at;
}

static void print(const char *from, const char *to) {
    CALL_3(SYS_write, 2, from, to - from);
}

static void say(const char *text) {
    char line[128];
    print(line, append(append(append(line, "ringtap-agent: "), text), "\n"));
}

static void say_result(const char *text, i64 result) {
    char line[128];
    char *end = append(append(append(line, "ringtap-agent: "), text), ": ");
    print(line, append(append_number(end, result, 10), "\n"));
}

/* Whole messages */

static i32 read_all(i32 fd, void *to, u64 length) {
    u8 *at = to;
    while (length) {
        i64 n = CALL_3(SYS_read, fd, at, length);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        at += n;
        length -= n;
    }
    return 0;
}

static i32 write_all(i32 fd, const void *from, u64 length) {
    const u8 *at = from;
    while (length) {
        i64 n = CALL_3(SYS_write, fd, at, length);
        if (n == -EINTR) {
            continue;
        }
        if (n <= 0) {
            return -1;
        }
        at += n;
        length -= n;
    }
    return 0;
}

static i32 send_reply(i32 fd, i64 result, u32 status, const u8 *out, u32 length) {
    struct reply reply = {result, status, length};
    struct { const void *base; u64 length; } parts[2] = {{&reply, sizeof reply}, {out, length}};
    i64 n;
    do {
        n = CALL_3(SYS_writev, fd, parts, 2);
    } while (n == -EINTR);
    if (n < (i64)sizeof reply) {
        return -1;
    }
    return write_all(fd, out + (n - sizeof reply), length - (n - sizeof reply));
}

static i32 send_welcome(i32 fd, u32 status, u64 session) {
    struct welcome welcome = {MAGIC, VERSION, status, 0, session, (u64)memory.scratch, SCRATCH};
    return write_all(fd, &welcome, sizeof welcome);
}

/* Requests */

static void log_call(const struct request *request, i64 result) {
    char line[256];
    char *end = append_number(append(line, "ringtap-agent: ["), CALL_3(SYS_getpid, 0, 0, 0), 10);
    end = append(append_number(append(end, "] "), request->number, 10), "(");
    for (u32 i = 0; i < 6; i++) {
        end = append_number(append(end, i ? ", 0x" : "0x"), (i64)request->argument[i], 16);
    }
    print(line, append(append_number(append(end, ") = "), result, 10), "\n"));
}

static i64 execute(const struct request *request) {
    const u64 *a = request->argument;
    i64 number = request->number;
    if (number == SYS_fork || number == SYS_vfork || number == SYS_rfork || number == SYS_pdfork) {
        /* There would be two to answer. */
        return -ENOSYS;
    }
    __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELAXED);
    i64 result = system_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (settings.log) {
        log_call(request, result);
    }
    return result;
}

/* The physical addresses of the pages of this process's memory, each 8 bytes, by sys/memrange.h and mem(4). */
static i64 physical_addresses(u64 address, u64 pages, i32 dev_mem) {
    struct { u64 virtual, physical; u32 domain, state; u64 zero[5]; } extract;
    u64 *out = (u64 *)memory.scratch;
    if (address % PAGE || pages > SCRATCH / sizeof *out) {
        return -EINVAL;
    }
    /* It fails where nothing is mapped, and a look at the memory itself would end this process. */
    i64 result = CALL_3(SYS_mincore, address, pages * PAGE, memory.scratch);
    for (u64 i = 0; result >= 0 && i < pages; i++) {
        memset(&extract, 0, sizeof extract);
        extract.virtual = address + i * PAGE;
        (void)*(volatile u8 *)extract.virtual;
        result = CALL_3(SYS_ioctl, dev_mem, 0xc0406d34, &extract);
        out[i] = extract.physical;
    }
    return result < 0 ? result : (i64)pages;
}

static i32 is_well_formed(const struct request *request) {
    return request->kind <= PAGES && (request->flags & ~AS_LONG_AS_RESULT) == 0 && request->in <= SCRATCH
        && request->out_at <= SCRATCH && request->out <= SCRATCH - request->out_at
        && (request->kind != CALL || (request->number >= 0 && request->number < NUMBERS));
}

/* Reads a request and what goes to the scratch memory; -1 at the end, and after one that is malformed. */
static i32 read_request(i32 fd, struct request *request) {
    i64 n;
    do {
        n = CALL_3(SYS_read, fd, &memory.request, sizeof memory.request + SCRATCH);
    } while (n == -EINTR);
    if (n <= 0 || (n < (i64)sizeof *request
            && read_all(fd, (u8 *)&memory.request + n, sizeof *request - n))) {
        return -1;
    }
    n = n < (i64)sizeof *request ? 0 : n - (i64)sizeof *request;
    *request = memory.request;
    if (!is_well_formed(request) || n > request->in) {
        say("a malformed request");
        send_reply(fd, 0, MALFORMED, 0, 0);
        return -1;
    }
    return read_all(fd, memory.scratch + n, request->in - n);
}

static i32 answer(i32 fd, const struct request *request, i32 may_call) {
    i64 result = 0;
    if (request->kind == COUNTS) {
        for (u32 i = 0; i < NUMBERS; i++) {
            ((u64 *)memory.scratch)[i] = __atomic_load_n(&counts[i], __ATOMIC_RELAXED);
        }
    } else if (request->kind != PING && !may_call) {
        say("a call on the connection of the session");
        send_reply(fd, 0, MALFORMED, 0, 0);
        return -1;
    } else if (request->kind == CALL) {
        result = execute(request);
    } else if (request->kind == PAGES) {
        result = physical_addresses(request->argument[0], request->argument[1], (i32)request->argument[2]);
    }
    u64 length = request->out;
    if (request->flags & AS_LONG_AS_RESULT) {
        length = result < 0 ? 0 : (u64)result < length ? (u64)result : length;
    }
    return send_reply(fd, result, DONE, memory.scratch + request->out_at, (u32)length);
}

static void work(i32 fd, u64 session) {
    struct request request;
    if (send_welcome(fd, WELCOME, session)) {
        return;
    }
    while (read_request(fd, &request) == 0 && answer(fd, &request, 1) == 0) {
    }
}

/* Sessions */

struct message { void *name; u32 name_length; void *parts; i32 part_count; void *control; u32 control_length; i32 flags; };
struct rights { u32 length; i32 level, type, zero, fd; i32 pad; };

static i32 pass_descriptor(i32 mailbox, i32 fd) {
    u8 one = 0;
    struct { void *base; u64 length; } part = {&one, 1};
    struct rights rights = {20, SOL_SOCKET, SCM_RIGHTS, 0, fd, 0};
    struct message message = {0, 0, &part, 1, &rights, sizeof rights, 0};
    return CALL_3(SYS_sendmsg, mailbox, &message, 0) == 1 ? 0 : -1;
}

static i32 take_descriptor(i32 mailbox) {
    u8 one;
    struct { void *base; u64 length; } part = {&one, 1};
    struct rights rights = {0, 0, 0, 0, -1, 0};
    struct message message = {0, 0, &part, 1, &rights, sizeof rights, 0};
    return CALL_3(SYS_recvmsg, mailbox, &message, 0) == 1 && rights.type == SCM_RIGHTS ? rights.fd : -1;
}

/* Moves a descriptor of our own out of the way of those that the client opens. */
static i32 out_of_the_way(i32 fd) {
    i64 moved = CALL_3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, OWN_DESCRIPTORS);
    if (moved < 0) {
        return fd;
    }
    CALL_3(SYS_close, fd, 0, 0);
    return (i32)moved;
}

static void report(u64 session) {
    char line[1024];
    u64 sum = 0;
    for (u32 i = 0; i < NUMBERS; i++) {
        sum += counts[i];
    }
    char *end = append_number(append(line, "ringtap-agent: session "), (i64)session, 10);
    end = append(append_number(append(end, " has ended, "), (i64)sum, 10), " calls:");
    for (u32 i = 0; i < NUMBERS && end < line + sizeof line - 64; i++) {
        if (counts[i]) {
            end = append_number(append(append_number(append(end, " "), i, 10), "="), (i64)counts[i], 10);
        }
    }
    print(line, append(end, "\n"));
}

/* Of a session: lives as long as its first connection, and ends with all of its workers. */
static void lead(i32 control, i32 mailbox, u64 session) {
    struct request request;
    struct { i32 fd; u16 events, ready; } entries[2] = {{control, POLLIN, 0}, {mailbox, POLLIN, 0}};
    if (send_welcome(control, WELCOME, session)) {
        return;
    }
    for (;;) {
        i64 ready = CALL_3(SYS_poll, entries, 2, SILENCE_MILLIS);
        if (ready == -EINTR) {
            continue;
        }
        if (ready <= 0) {
            say("the client of a session is silent");
            return;
        }
        if (entries[1].ready) {
            i32 fd = take_descriptor(mailbox);
            if (fd < 0) {
                return;
            }
            fd = out_of_the_way(fd);
            /* Without RFFDG the worker shares the descriptor table. */
            i64 worker = CALL_3(SYS_rfork, RFPROC | RFNOWAIT, 0, 0);
            if (worker < 0) {
                say_result("rfork of a worker", worker);
                send_welcome(fd, NO_RESOURCES, 0);
                CALL_3(SYS_close, fd, 0, 0);
            } else if (worker == 0) {
                work(fd, session);
                CALL_3(SYS_close, fd, 0, 0);
                CALL_3(SYS_exit, 0, 0, 0);
            }
        }
        if (entries[0].ready && (read_request(control, &request) || answer(control, &request, 0))) {
            return;
        }
    }
}

static void start_session(i32 fd, u64 id) {
    i32 slot = 0;
    while (slot < SESSIONS && sessions[slot].id) {
        slot++;
    }
    i32 pair[2];
    i64 process = -EINVAL;
    if (slot < SESSIONS && (process = CALL_5(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair, 0)) >= 0) {
        process = CALL_3(SYS_rfork, RFPROC | RFNOWAIT | RFFDG, 0, 0);
        if (process == 0) {
            i32 control = out_of_the_way(fd);
            i32 mailbox = out_of_the_way(pair[1]);
            if (control < OWN_DESCRIPTORS || mailbox < OWN_DESCRIPTORS
                || CALL_3(SYS_close_range, 3, OWN_DESCRIPTORS - 1, 0) < 0 || CALL_3(SYS_setpgid, 0, 0, 0) < 0) {
                send_welcome(control, NO_RESOURCES, 0);
                CALL_3(SYS_exit, 1, 0, 0);
            }
            i64 shared = system_call(SYS_mmap, 0, NUMBERS * sizeof *counts, 3, 0x1001, (u64)-1, 0);
            if (shared < 0) {
                send_welcome(control, NO_RESOURCES, 0);
                CALL_3(SYS_exit, 1, 0, 0);
            }
            counts = (u64 *)shared;
            lead(control, mailbox, id);
            report(id);
            /* The process group: the workers, and this process. */
            CALL_3(SYS_kill, 0, SIGKILL, 0);
            CALL_3(SYS_exit, 0, 0, 0);
        }
        CALL_3(SYS_close, pair[1], 0, 0);
        if (process < 0) {
            CALL_3(SYS_close, pair[0], 0, 0);
        }
    }
    if (process < 0) {
        say_result("no session can be started", process);
        send_welcome(fd, NO_RESOURCES, 0);
        return;
    }
    sessions[slot].id = id;
    sessions[slot].mailbox = pair[0];
}

/* Forgets the sessions that have ended. */
static void forget_sessions(void) {
    for (i32 i = 0; i < SESSIONS; i++) {
        struct { i32 fd; u16 events, ready; } entry = {sessions[i].mailbox, POLLIN, 0};
        if (sessions[i].id && CALL_3(SYS_poll, &entry, 1, 0) != 0) {
            CALL_3(SYS_close, sessions[i].mailbox, 0, 0);
            sessions[i].id = 0;
        }
    }
    while (CALL_5(SYS_wait4, (u64)-1, 0, WNOHANG, 0, 0) > 0) {
    }
}

static i32 join_session(i32 fd, u64 id) {
    for (i32 i = 0; i < SESSIONS; i++) {
        if (sessions[i].id == id) {
            return pass_descriptor(sessions[i].mailbox, fd);
        }
    }
    return -1;
}

/* The listener */

static i32 is_token(const char *token, u32 length) {
    u32 different = length ^ settings.token_length;
    for (u32 i = 0; i < TOKEN_MAX; i++) {
        different |= (u32)(token[i] ^ settings.token[i]);
    }
    return different == 0;
}

static void greet(i32 fd, u64 *last_session) {
    struct hello hello;
    char token[TOKEN_MAX];
    memset(token, 0, sizeof token);
    if (read_all(fd, &hello, sizeof hello) || hello.magic != MAGIC) {
        say("a connection that does not greet");
        return;
    }
    if (hello.version != VERSION) {
        say("a client of another version");
        send_welcome(fd, OTHER_VERSION, 0);
        return;
    }
    if (hello.token_length > TOKEN_MAX || hello.zero || read_all(fd, token, hello.token_length)
        || !is_token(token, hello.token_length)) {
        say("a client with a wrong token");
        send_welcome(fd, WRONG_TOKEN, 0);
        return;
    }
    /* From here on it is the session that sees to silence. */
    u64 never[2] = {0, 0};
    CALL_5(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, never, sizeof never);
    CALL_5(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, never, sizeof never);
    forget_sessions();
    if (hello.session == 0) {
        start_session(fd, ++*last_session);
    } else if (join_session(fd, hello.session)) {
        send_welcome(fd, NO_SUCH_SESSION, 0);
    }
}

static void listen_and_greet(void) {
    struct { u8 length, family; u16 port; u32 address; u64 zero; } name =
        {16, AF_INET, (u16)(settings.port >> 8 | settings.port << 8), settings.address, 0};
    i32 one = 1;
    u64 patience[2] = {GREETING_SECONDS, 0};
    u64 last_session = 0;
    i64 listener = CALL_3(SYS_socket, AF_INET, SOCK_STREAM, 0);
    CALL_5(SYS_setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    i64 result = CALL_3(SYS_bind, listener, &name, sizeof name);
    if (result < 0 || (result = CALL_3(SYS_listen, listener, 64, 0)) < 0) {
        say_result("listen fails", result);
        return;
    }
    say_result("listening on port", settings.port);
    for (;;) {
        i64 fd = CALL_3(SYS_accept, listener, 0, 0);
        if (fd == -EBADF || fd == -EINVAL) {
            say_result("accept fails", fd);
            return;
        }
        if (fd < 0) {
            continue;
        }
        CALL_5(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        CALL_5(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, patience, sizeof patience);
        CALL_5(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, patience, sizeof patience);
        greet((i32)fd, &last_session);
        CALL_3(SYS_close, fd, 0, 0);
    }
}

/* Settings: RINGTAP_AGENT_TOKEN of the environment; of init, ringtap.agent.token of the kernel's environment. */

static const char *setting(const char *name, char *room) {
    if (is_init) {
        char full[ENV_MAX];
        *append(append(full, "ringtap.agent."), name) = 0;
        return CALL_5(SYS_kenv, 0, full, room, ENV_MAX, 0) > 0 ? room : 0;
    }
    for (char **entry = environment; *entry; entry++) {
        const char *at = *entry;
        const char *prefix = "RINGTAP_AGENT_";
        while (*prefix && *at == *prefix) {
            at++;
            prefix++;
        }
        u64 i = 0;
        while (*prefix == 0 && name[i] && at[i] == name[i] - 'a' + 'A') {
            i++;
        }
        if (*prefix == 0 && name[i] == 0 && at[i] == '=') {
            return at + i + 1;
        }
    }
    return 0;
}

/* Reads a decimal number up to a limit; -1 if there is none. */
static i64 number_at(const char **text, i64 limit) {
    i64 number = -1;
    while (**text >= '0' && **text <= '9') {
        number = (number < 0 ? 0 : number) * 10 + (*(*text)++ - '0');
        if (number > limit) {
            return -1;
        }
    }
    return number;
}

/* An IPv4 address in the order of the network. */
static i32 parse_address(const char *text, u32 *address) {
    *address = 0;
    for (u32 i = 0; i < 4; i++) {
        i64 octet = number_at(&text, 255);
        if (octet < 0 || *text++ != (i < 3 ? '.' : 0)) {
            return -1;
        }
        *address |= (u32)octet << 8 * i;
    }
    return 0;
}

static i32 read_settings(void) {
    char room[ENV_MAX];
    const char *text = setting("token", room);
    u64 length = text ? length_of(text) : 0;
    if (length == 0 || length > TOKEN_MAX) {
        say("no token of 1 to 64 bytes: set RINGTAP_AGENT_TOKEN, or ringtap.agent.token in the kernel's environment");
        return -1;
    }
    memcpy(settings.token, text, length);
    settings.token_length = (u32)length;
    text = setting("port", room);
    i64 port = text ? number_at(&text, 65535) : 4000;
    if (port <= 0 || (text && *text)) {
        say("the port is not a number from 1 to 65535");
        return -1;
    }
    settings.port = (u16)port;
    /* A test machine is alone in its network; any other listens to itself. */
    text = setting("address", room);
    if (parse_address(text ? text : is_init ? "0.0.0.0" : "127.0.0.1", &settings.address)) {
        say("the address is not an IPv4 address");
        return -1;
    }
    text = setting("log", room);
    settings.log = text && *text == '1';
    return 0;
}

/* The first process of a test machine */

static void set_up(i32 socket, const char *name, u32 address, u32 mask) {
    struct { char name[16]; u8 parts[3][16]; u32 vhid; } alias;
    memset(&alias, 0, sizeof alias);
    append(alias.name, name);
    alias.parts[0][0] = alias.parts[2][0] = 16;
    alias.parts[0][1] = alias.parts[2][1] = AF_INET;
    memcpy(alias.parts[0] + 4, &address, 4);
    memcpy(alias.parts[2] + 4, &mask, 4);
    /* SIOCAIFADDR, which sets the interface up as well. */
    say_result(name, CALL_3(SYS_ioctl, socket, 0x8044692b, &alias));
}

static void boot(void) {
    char room[ENV_MAX];
    CALL_3(SYS_open, "/dev/console", 2, 0);
    CALL_3(SYS_dup2, 0, 1, 0);
    CALL_3(SYS_dup2, 0, 2, 0);
    i64 socket = CALL_3(SYS_socket, AF_INET, SOCK_DGRAM, 0);
    set_up((i32)socket, "lo0", 0x0100007f, 0x000000ff);
    const char *given = setting("interface", room);
    const char *name = given ? given : "vtnet0";
    char own_address[ENV_MAX];
    const char *text = setting("interface_address", own_address);
    u32 address;
    if (length_of(name) > 15 || parse_address(text ? text : "10.0.2.15", &address)) {
        say("the interface or its address is wrong");
    } else {
        set_up((i32)socket, name, address, 0x00ffffff);
    }
    CALL_3(SYS_close, socket, 0, 0);
}

static i32 run(void) {
    is_init = CALL_3(SYS_getpid, 0, 0, 0) == 1;
    if (is_init) {
        boot();
    }
    /* A client that writes to a pipe without a reader wants EPIPE. */
    struct { u64 handler; u32 flags, mask[5]; } ignored = {1, 0, {0}};
    CALL_3(SYS_sigaction, SIGPIPE, &ignored, 0);
    if (read_settings() == 0) {
        listen_and_greet();
    }
    while (is_init) {
        /* The kernel panics without it. */
        u64 day[2] = {86400, 0};
        CALL_3(SYS_nanosleep, day, 0, 0);
    }
    return 1;
}

/* The kernel hands over the address of argc; behind it are the arguments, a null, the environment and a null. */
__attribute__((used)) static void start(u64 *arguments) {
    environment = (char **)(arguments + 1 + arguments[0] + 1);
    CALL_3(SYS_exit, run(), 0, 0);
}

__asm__(".globl _start\n_start:\n\tandq $-16, %rsp\n\tcall start\n");
