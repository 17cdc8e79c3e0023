"""One server under measurement, from its start to its end."""
import socket
import subprocess
import time

from . import machine

START_SECONDS = 30
STOP_SECONDS = 5


class CannotStart(Exception):
    pass


class Server:
    def __init__(self, name, command, port, cores, environment=None):
        self.name = name
        self.port = port
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
            preexec_fn=machine.pin(cores))
        try:
            self._wait_until_it_listens()
        except CannotStart:
            self.stop()
            raise

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise CannotStart(f"{self.name} ended with {self.process.returncode} before it listened")
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.name} did not listen on port {self.port} within {START_SECONDS} s")
            time.sleep(0.05)

    def cpu_seconds(self):
        return machine.cpu_seconds(self.process.pid)

    def resident_kib(self):
        return machine.resident_kib(self.process.pid)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
