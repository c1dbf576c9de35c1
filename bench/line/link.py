#!/usr/bin/env python3
"""A slow line between two network namespaces: a TUN device in each, and this process between them, which forwards IP
packets with rate, delay, a bounded queue and loss, can be cut, and counts. (Node can't open a TUN device.)

  link.py SERVER_NS CLIENT_NS CONTROL_SOCKET

The server side is 10.77.0.1, the client side 10.77.0.2; "up" is from client to server. Both namespaces are made here and go
with this process, at SIGTERM or when standard input ends, so that nothing stays behind whoever is killed.

One command per connection to the control socket, answered by one line of JSON:
  stats | reset | profile NAME | set (up|down|delay|loss|queue) VALUE | cut [rst] | up | at PAYLOAD_BYTES_DOWN

Bytes are those of whole IP packets that entered the transmitter: what is sent again counts, what finds the queue full doesn't.
turns: payload that goes down after payload that went up. depth: half the longest chain of payload packets each of which left
after the one before had arrived. "cut rst" also forges a RST to both ends of every connection, as a hang-up does; without it
packets just vanish. "at" tells the bytes each way and the seconds when so much payload had gone down.
"""
import bisect, collections, ctypes, fcntl, heapq, json, os, random, select, signal, socket, struct, subprocess, sys, time

PROFILES = {  # bit/s up, bit/s down, ms one way, packets in the queue
    "dialup56": (33600, 48000, 90, 20),
    "gsm9600": (9600, 9600, 300, 20),
    "iridium2400": (2400, 2400, 900, 20),
    "isdn64": (64000, 64000, 20, 20),
    "vsat": (128000, 512000, 300, 50),
    "fast": (0, 0, 1, 5000),
    "far": (0, 0, 300, 5000),
}
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
CLONE_NEWNET, TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x40000000, 0x400454CA, 1, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def sh(*words, check=True):
    quiet = None if check else subprocess.DEVNULL
    subprocess.run(words, check=check, stdout=subprocess.DEVNULL, stderr=quiet)


def enter(fd):
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def tun_in(namespace, address, peer):
    sh("ip", "netns", "add", namespace)
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + namespace, os.O_RDONLY)
    enter(there)
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"slow0", IFF_TUN | IFF_NO_PI))
    enter(home)
    os.close(home), os.close(there)
    # IPv6 would add its neighbour discovery to the counts.
    for name in ("all", "default", "slow0"):
        sh("ip", "netns", "exec", namespace, "sysctl", "-qw", f"net.ipv6.conf.{name}.disable_ipv6=1", check=False)
    ip = ("ip", "-n", namespace)
    sh(*ip, "link", "set", "lo", "up")
    sh(*ip, "link", "set", "slow0", "mtu", "1500", "txqueuelen", "1000")
    sh(*ip, "link", "set", "slow0", "multicast", "off", check=False)
    sh(*ip, "addr", "add", address + "/32", "peer", peer, "dev", "slow0")
    sh(*ip, "link", "set", "slow0", "up")
    return fd


def checksum(data):
    data += b"\0" * (len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Way:
    def __init__(self):
        self.rate, self.queue_max, self.idle_at, self.queue = 0, 5000, 0.0, collections.deque()
        self.zero()

    def zero(self):
        self.bytes = self.packets = self.payload = self.again = self.twice = self.dropped = self.lost = self.unread = 0


class Link:
    def __init__(self):
        self.random = random.Random(1)
        self.ways = {"up": Way(), "down": Way()}
        self.under_way, self.count = [], 0
        self.cut = self.cut_rst = False
        self.flows, self.syns = {}, {}
        self.delay, self.loss = 0.001, 0.0
        self.reset()

    def reset(self):
        for way in self.ways.values():
            way.zero()
        self.turns, self.last, self.connections, self.highest = 0, None, 0, {}
        self.depth, self.arrived = {"up": 0, "down": 0}, {"up": 0, "down": 0}
        self.first_at = self.last_at = None
        self.marks = []

    def stats(self):
        one = lambda way: {k: getattr(way, k) for k in ("bytes", "packets", "payload", "again", "twice", "dropped", "lost", "unread")}
        return dict({name: one(way) for name, way in self.ways.items()}, turns=self.turns, depth=(max(self.depth.values()) + 1) // 2,
                    connections=self.connections, cut=self.cut, seconds=self.last_at - self.first_at if self.first_at else 0)

    def payload_of(self, packet, name):
        """Bytes of TCP payload; notes the connection on the way."""
        if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != 6:
            return 0
        at = (packet[0] & 15) * 4
        source, target, seq, ack = struct.unpack_from("!HHII", packet, at)
        flags = packet[at + 13]
        size = struct.unpack_from("!H", packet, 2)[0] - at - (packet[at + 12] >> 4) * 4
        key = (source, target) if name == "up" else (target, source)
        end = (seq + size + (1 if flags & 3 else 0)) & 0xFFFFFFFF
        self.flows.setdefault(key, {})[name] = (ack if flags & 16 else None, end)
        if flags & 4:
            self.flows.pop(key, None)
        if flags & 18 == 2 and self.syns.get(key) != seq:
            self.syns[key] = seq
            self.connections += 1
            self.highest.pop((key, "up"), None), self.highest.pop((key, "down"), None)
        if size > 0:
            before = self.highest.get((key, name))
            if before is not None and ((end - before - 1) & 0xFFFFFFFF) >= 0x7FFFFFFF:
                self.ways[name].again += 1
                self.ways[name].twice += size
            else:
                self.highest[(key, name)] = end
        return size

    def take(self, packet, name, now):
        way = self.ways[name]
        if self.cut:
            way.dropped += 1
            if self.cut_rst:
                self.answer_with_rst(packet, name)
            return
        while way.queue and way.queue[0] <= now:
            way.queue.popleft()
        if len(way.queue) >= way.queue_max:
            way.dropped += 1
            return
        size = self.payload_of(packet, name)
        departs = max(now, way.idle_at) + (len(packet) * 8.0 / way.rate if way.rate else 0.0)
        way.idle_at = departs
        way.queue.append(departs)
        way.bytes += len(packet)
        way.packets += 1
        self.first_at, self.last_at = self.first_at or now, now
        depth = 0
        if size > 0:
            way.payload += size
            if name == "down" and self.last == "up":
                self.turns += 1
            self.last = name
            depth = max(self.depth[name], self.arrived["up" if name == "down" else "down"] + 1)
            self.depth[name] = depth
            if name == "down":
                self.marks.append((way.payload, self.ways["up"].bytes, way.bytes, now - self.first_at))
        if self.loss and self.random.random() * 100 < self.loss:
            way.lost += 1
            return
        self.count += 1
        heapq.heappush(self.under_way, (departs + self.delay, self.count, name, packet, depth))

    def deliver(self, now):
        while self.under_way and self.under_way[0][0] <= now:
            _, _, name, packet, depth = heapq.heappop(self.under_way)
            if self.cut:
                self.ways[name].unread += len(packet)
                continue
            self.arrived[name] = max(self.arrived[name], depth)
            self.write(name, packet)

    def write(self, name, packet):
        try:
            os.write(self.server if name == "up" else self.client, packet)
        except OSError:
            pass

    def hang_up(self, rst):
        self.cut, self.cut_rst = True, rst
        if rst:
            for (client, server), flow in list(self.flows.items()):
                # The sequence number that the receiver has acknowledged last is the one that it believes.
                if flow.get("up", (None,))[0] is not None:
                    self.forge_rst("down", server, client, flow["up"][0])
                if flow.get("down", (None,))[0] is not None:
                    self.forge_rst("up", client, server, flow["down"][0])
            self.flows.clear()

    def answer_with_rst(self, packet, name):
        if len(packet) < 40 or packet[0] >> 4 != 4 or packet[9] != 6:
            return
        at = (packet[0] & 15) * 4
        source, target, seq, ack = struct.unpack_from("!HHII", packet, at)
        flags = packet[at + 13]
        back = "down" if name == "up" else "up"
        if flags & 16 and not flags & 4:
            self.forge_rst(back, target, source, ack)
        elif not flags & 4:
            self.forge_rst(back, target, source, 0, 20, (seq + 1) & 0xFFFFFFFF)

    def forge_rst(self, name, source, target, seq, flags=4, ack=0):
        ends = (CLIENT, SERVER) if name == "up" else (SERVER, CLIENT)
        a, b = (socket.inet_aton(end) for end in ends)
        tcp = struct.pack("!HHIIBBHHH", source, target, seq, ack, 0x50, flags, 0, 0, 0)
        tcp = tcp[:16] + struct.pack("!H", checksum(a + b + struct.pack("!BBH", 0, 6, 20) + tcp)) + tcp[18:]
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 0, 0, 64, 6, 0, a, b)
        self.write(name, ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + tcp)

    def come_back(self):
        self.cut = False
        for _, _, name, packet, _ in self.under_way:
            self.ways[name].unread += len(packet)
        self.under_way.clear()
        for way in self.ways.values():
            way.idle_at = 0.0
            way.queue.clear()

    def command(self, line, now):
        word, *rest = line.split()
        if word == "reset":
            self.reset()
        elif word == "cut":
            self.hang_up("rst" in rest)
        elif word == "up":
            self.come_back()
        elif word == "at":
            found = bisect.bisect_left(self.marks, (int(rest[0]),))
            _, up, down, seconds = self.marks[min(found, len(self.marks) - 1)]
            return dict(up=up, down=down, seconds=seconds)
        elif word == "profile":
            up, down, delay, queue = PROFILES[rest[0]]
            self.delay = delay / 1000.0
            for way, rate in ((self.ways["up"], up), (self.ways["down"], down)):
                way.rate, way.queue_max, way.idle_at = rate, queue, 0.0
        elif word == "set":
            value = float(rest[1])
            if rest[0] == "delay":
                self.delay = value / 1000.0
            elif rest[0] == "loss":
                self.loss = value
            elif rest[0] == "queue":
                self.ways["up"].queue_max = self.ways["down"].queue_max = int(value)
            else:
                self.ways[rest[0]].rate = value
        return self.stats()

    def answer(self, listener, now):
        connection, _ = listener.accept()
        with connection:
            try:
                connection.settimeout(1)
                answer = self.command(connection.recv(4096).decode(), now)
            except Exception as error:
                answer = {"error": repr(error)}
            try:
                connection.sendall((json.dumps(answer) + "\n").encode())
            except OSError:
                pass

    def run(self, namespaces, control):
        self.server = tun_in(namespaces[0], SERVER, CLIENT)
        self.client = tun_in(namespaces[1], CLIENT, SERVER)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(control)
        listener.listen(8)
        print("ready", flush=True)
        while True:
            now = time.monotonic()
            self.deliver(now)
            pause = min(0.5, max(0.0, self.under_way[0][0] - now)) if self.under_way else 0.5
            readable, _, _ = select.select([self.server, self.client, listener, 0], [], [], pause)
            for fd in readable:
                if fd == 0:
                    if not os.read(0, 4096):
                        return
                elif fd is listener:
                    self.answer(listener, time.monotonic())
                else:
                    for _ in range(16):
                        try:
                            packet = os.read(fd, 65536)
                        except BlockingIOError:
                            break
                        self.take(packet, "down" if fd == self.server else "up", time.monotonic())


def main():
    server, client, control = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Link().run((server, client), control)
    finally:
        for namespace in (server, client):
            sh("ip", "netns", "del", namespace, check=False)


if __name__ == "__main__":
    main()
