"""Drives tpp_persistent.Client for a test: python3 drive.py HOST PORT TOKEN.

A command is a line of JSON on standard input, and all that were read are under way at once. Each
has a tag, and what came of it is a line of JSON with that tag: {"returned": ...}, or {"raised":
class, "message": text, "code": of a CallError}.

    {"do": "call", "action": ..., "body": ..., "timeout": seconds or null, "items": to upload, or null}
    {"do": "stream", "action": ..., "body": ..., "take": how many items, or null, "items": to upload, or null}
    {"do": "cancel", "whose": tag}                        cancels the task of another command
    {"do": "load", "tasks": n, "calls": of each task}     doubles numbers, and checks each answer
"""

import asyncio
import contextlib
import json
import sys

from tpp_persistent import Client


async def load(client, tasks, calls):
    async def one(task):
        for i in range(calls):
            n = (task * calls + i) % 1000
            answer = await client.call("double", {"n": n})
            assert answer == {"double": {"n": 2 * n}}, (n, answer)
        return calls

    return sum(await asyncio.gather(*map(one, range(tasks))))


async def take(client, action, body, most, upload):
    items = []
    async with contextlib.aclosing(client.stream(action, body, upload)) as stream:
        async for item in stream:
            items.append(item)
            if len(items) == most:
                break
    return items


async def perform(client, tasks, command):
    do = command["do"]
    if do == "call":
        return await client.call(command["action"], command["body"], command.get("timeout"), command.get("items"))
    if do == "stream":
        return await take(client, command["action"], command["body"], command.get("take"), command.get("items"))
    if do == "cancel":
        return tasks[command["whose"]].cancel()
    return await load(client, command["tasks"], command["calls"])


async def report(client, tasks, command):
    outcome = {"tag": command["tag"]}
    try:
        outcome["returned"] = await perform(client, tasks, command)
    except (Exception, asyncio.CancelledError) as e:
        outcome.update(raised=type(e).__name__, message=str(e), code=getattr(e, "code", 0))
    print(json.dumps(outcome), flush=True)


async def main(host, port, token):
    loop = asyncio.get_running_loop()
    async with Client(host, int(port), token) as client:
        tasks = {}
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command = json.loads(line)
            tasks[command["tag"]] = asyncio.create_task(report(client, tasks, command))
        for task in tasks.values():
            task.cancel()


asyncio.run(main(*sys.argv[1:]))
