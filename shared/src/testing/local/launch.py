"""Run one emulator as `python -m MODULE ARGS...` and end with the process that started it.

    launch.py SCRATCH MODULE [ARGS...]

The parent holds the other end of standard input and never writes. When that end closes, however the parent
went (return, panic, SIGKILL), this process removes its scratch directory and kills its process group: itself
and what it started, such as the Lambda functions of ministack. Portable, unlike PR_SET_PDEATHSIG.
"""

import os
import runpy
import shutil
import signal
import sys
import threading


def end_with_parent(watched, scratch):
    try:
        while os.read(watched, 4096):
            pass
    except OSError:
        pass
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        os.rmdir(os.path.dirname(scratch))  # the last of its siblings takes the directory along
    except OSError:
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    scratch, module = sys.argv[1], sys.argv[2]
    # A private copy, closed on exec: what the emulator starts reads from nowhere.
    watched = os.dup(0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    threading.Thread(target=end_with_parent, args=(watched, scratch), daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


main()
