"""A mail program that is none of ours: does things to an account while others do, and says what it has done.

imaplib-person.py PORT USER SEED STEPS PREFIX: one line of JSON for each mail made or removed.
"""
import imaplib
import json
import random
import re
import sys

port, user, seed, steps, prefix = sys.argv[1:6]
rng = random.Random(int(seed))


def connect():
    server = imaplib.IMAP4("127.0.0.1", int(port))
    server.login(user, "x")
    return server


imap = connect()
boxes = ["INBOX", prefix + "Box"]


def say(**what):
    print(json.dumps(what), flush=True)


def messages(box):
    imap.select('"%s"' % box)
    _, data = imap.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    found = []
    for item in data or []:
        if isinstance(item, tuple):
            uid = re.search(rb"UID (\d+)", item[0])
            subject = re.search(rb"Subject: (\S+)", item[1])
            if uid and subject:
                found.append((uid.group(1).decode(), subject.group(1).decode()))
    return found


for step in range(int(steps)):
    box = rng.choice(boxes)
    roll = rng.random()
    try:
        there = messages(box) if roll > 0.4 else []
        if not there:
            name = "py%s-%d" % (seed, step)
            text = "From: a@example.org\r\nSubject: %s\r\n\r\n%s\r\n" % (name, "text " * rng.randrange(200))
            if imap.append('"%s"' % box, None, None, text.encode())[0] == "OK":
                say(made=name)
            continue
        uid, name = rng.choice(there)
        if roll < 0.7:
            sign = rng.choice("+-")
            imap.uid("STORE", uid, sign + "FLAGS", "(%s)" % rng.choice([r"\Seen", r"\Flagged", r"\Answered", "work"]))
        elif roll < 0.85:
            other = boxes[1 - boxes.index(box)]
            if imap.uid("COPY", uid, '"%s"' % other)[0] == "OK":
                imap.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
                imap.uid("EXPUNGE", uid)
        else:
            say(removed=name)
            imap.uid("STORE", uid, "+FLAGS", r"(\Deleted)")
            imap.uid("EXPUNGE", uid)
    except imaplib.IMAP4.abort:
        # Some servers hang up now and then.
        imap = connect()
    except imaplib.IMAP4.error as error:
        say(refused=str(error))
try:
    imap.logout()
except imaplib.IMAP4.error:
    pass
