"""A client on the library tinyproto, driven by a test.

A command is an object with one key: "connect" (to the port of the settings; true if that
worked), "transmit" with a text, "transmit_size" with how long a pattern to send, "receive"
with the seconds to wait for a message, which is returned as a text, "receive_size" with the
same, which returns the length of a pattern, "alive", or "close".
"""

import json
import os
import queue
import sys
import threading
import time

import tiny
import tinyproto

inbox, outbox, sent = queue.Queue(), queue.Queue(), queue.Queue()
threading.excepthook = lambda args: None  # a connection dies of what it doesn't like


class Connection(tinyproto.TinyProtoConnection):

    opened = False

    def pre_loop(self):
        self.opened = True

    def transmission_received(self, msg):
        inbox.put(bytes(msg))

    def loop_pass(self):
        if outbox.empty():
            return
        try:
            self.transmit(outbox.get())
            sent.put(None)
        except Exception as e:
            sent.put(e)
            raise


class Client(tinyproto.TinyProtoClient):

    def connect(self):
        host, port = tiny.settings["host"], tiny.settings["port"]
        if hasattr(tinyproto, "TinyProtoConnectionDetails"):  # version 3
            name = self.connect_to(tinyproto.TinyProtoConnectionDetails(host, port))
        else:
            name = self.connect_to(host, port)
        self.conn = self.active_connections[name]
        while self.conn.is_alive() and not self.conn.opened:
            time.sleep(0.001)
        return self.conn.opened

    def transmit(self, msg):
        outbox.put(msg)
        if error := sent.get(timeout=30):
            raise error

    def close(self):
        self.conn.shutdown = True
        while self.conn.is_alive():
            time.sleep(0.001)


def perform(command):
    (what, argument), = command.items()
    if what == "connect":
        return client.connect()
    if what == "transmit":
        return client.transmit(argument.encode())
    if what == "transmit_size":
        return client.transmit(tiny.pattern(argument))
    if what == "receive":
        return inbox.get(timeout=argument).decode()
    if what == "receive_size":
        msg = inbox.get(timeout=argument)
        if msg != tiny.pattern(len(msg)):
            raise ValueError("another message")
        return len(msg)
    if what == "alive":
        return client.conn.is_alive()
    if what == "close":
        return client.close()
    raise ValueError(what)


client = Client()
client.set_conn_handler(Connection)
print("ready", flush=True)
for line in sys.stdin:
    try:
        outcome = {"returned": perform(json.loads(line))}
    except Exception as e:
        outcome = {"raised": type(e).__name__, "message": str(e)}
    print(json.dumps(outcome), flush=True)
os._exit(0)  # whatever connections still do
