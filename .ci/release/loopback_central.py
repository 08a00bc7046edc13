#!/usr/bin/env python3
# Copyright 2026 The Ringtap Project
# SPDX-License-Identifier: Apache-2.0
"""Stands in for Maven Central on the loopback interface: takes what its plugin uploads, and throws it away.

    loopback_central.py PORT_FILE    writes the port that it listens on into PORT_FILE; ends after one upload
"""
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Upload(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    done = False

    def do_POST(self):
        if not self.path.startswith("/api/v1/publisher/upload"):
            self.send_error(404)
            return
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while (size := int(self.rfile.readline().split(b";")[0], 16)) > 0:
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(201)
        self.send_header("Content-Length", "8")
        self.end_headers()
        self.wfile.write(b"loopback")
        Upload.done = True

    def log_message(self, *arguments):
        pass


def main():
    server = HTTPServer(("127.0.0.1", 0), Upload)
    Path(sys.argv[1]).write_text(str(server.server_port))
    while not Upload.done:
        server.handle_request()


if __name__ == "__main__":
    main()
