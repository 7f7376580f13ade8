"""A server on the library tinyproto, in one of four modes:

mirror: answers each message with the same.
echo: its documented echo server, with QUIT and SRVQUIT; after SRVQUIT the program ends.
chat: its chat, where each member gets what the others say.
greet: sends "welcome" first, and a message of pattern to each peer that sends a size.
"""

import os
import queue
import threading

import tiny
import tinyproto


class Mirror(tinyproto.TinyProtoConnection):

    def transmission_received(self, msg):
        self.transmit(msg)


class Echo(tinyproto.TinyProtoConnection):

    def transmission_received(self, msg):
        text = msg.decode()
        if text == "QUIT":
            self.shutdown = True
        elif text == "SRVQUIT":
            over.set()
        else:
            self.transmit(f"Echo back: {text}".encode())


class Chat(tinyproto.TinyProtoConnection):

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.said, self.to_say = queue.Queue(), queue.Queue()

    def transmission_received(self, msg):
        self.said.put(msg.decode())

    def loop_pass(self):
        while not self.to_say.empty():
            self.transmit(self.to_say.get().encode())


class Greet(tinyproto.TinyProtoConnection):

    def pre_loop(self):
        self.transmit(b"welcome")

    def transmission_received(self, msg):
        self.transmit(tiny.pattern(int(msg)))


class Server(tinyproto.TinyProtoServer):

    def pre_loop(self):
        print(self.listen_socks[0].getsockname()[1], flush=True)

    def loop_pass(self):
        if over.is_set():
            self.shutdown = True
        for name, conn in self.active_connections.items():
            while isinstance(conn, Chat) and not conn.said.empty():
                self.tell_others(name, conn.said.get())

    def conn_init(self, name, conn):
        self.tell_others(name, "**joined the chat")

    def conn_shutdown(self, name, conn):
        self.tell_others(name, "**left the chat")

    def tell_others(self, name, text):
        for other, conn in self.active_connections.items():
            if other != name and isinstance(conn, Chat):
                conn.to_say.put(f"[{name}] {text}")


over = threading.Event()
handler = {"mirror": Mirror, "echo": Echo, "chat": Chat, "greet": Greet}[tiny.settings["mode"]]
if hasattr(tinyproto, "TinyProtoConnectionDetails"):  # version 3
    # It takes no port 0, so it gets one that is free where 2 does not want it.
    details = tinyproto.TinyProtoConnectionDetails("127.0.0.1", 1)
    details.socket_connect_details = ("127.0.0.1", 0)
    server = Server(listen_addresses=[details], connection_handler=handler)
else:
    server = Server()
    server.set_conn_handler(handler)
    server.listen_addrs.append(("127.0.0.1", 0))  # add_addr takes no port 0
server.connection_limit = tiny.settings.get("limit")
tiny.end_with_input()
server.start()
os._exit(0)
