/** The same project as a module. */
module org.example.frames {
    requires io.netty.transport.classes.epoll;
    requires io.ringtap.transport.netmap;
    requires io.ringtap.transport.tap;
}
