#!/usr/bin/env python3
"""tests/e2e/inject.py TARGET NEW [OLD] -- COMMAND...

Runs COMMAND, which writes TARGET (in a directory of its own), once for each fault: a signal that cannot be held back and
errors, injected by strace at every call that writes or opens, and at some of the others.  Afterwards TARGET must be OLD
(or not there) or NEW byte by byte, an error must be one line, and nothing may lie beside TARGET, at the latest after
one more run.  INJECT_PRELOAD names a library that the command runs with.
"""
import os
import subprocess
import sys
from collections import Counter

EVERY = {'openat', 'open', 'pwrite64', 'write', 'ftruncate', 'fallocate', 'linkat', 'rename', 'renameat', 'renameat2', 'close',
         'unlink', 'unlinkat', 'fchmod', 'flock', 'fcntl', 'copy_file_range', 'fsync', 'mmap'}
FULL = {'openat', 'pwrite64', 'write', 'ftruncate', 'linkat', 'rename', 'copy_file_range'}
NEVER = {'execve', 'exit_group', 'exit', 'rt_sigreturn', 'futex'}  # the library ends a program whose futexes fail
SAMPLES = 3
MAIN = 'fcntl(0, F_GETFD'  # the first call of main; what comes before is the loader's

def read(path):
    try:
        with open(path, 'rb') as f:
            return f.read()
    except FileNotFoundError:
        return None

class Case:
    def __init__(self, target, new, old, command):
        self.target, self.directory = target, os.path.dirname(target)
        self.new, self.old, self.command = read(new), read(old) if old else None, command
        self.faults = self.fired = self.bad = 0
        self.trace = self.directory + '.trace'
        self.preload = os.environ.get('INJECT_PRELOAD')

    def reset(self):
        if self.old is None:
            if os.path.lexists(self.target): os.unlink(self.target)
        else:
            with open(self.target, 'wb') as f: f.write(self.old)

    def beside(self):
        return [n for n in os.listdir(self.directory) if n != os.path.basename(self.target)]

    def run(self, *strace):
        preload = ['-E', 'LD_PRELOAD=' + self.preload] if self.preload else []
        if not strace: strace, preload = ['env', *preload[1:]], []
        p = subprocess.run([*strace, *preload, *self.command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return p.returncode, p.stderr.decode(errors='replace')

    def calls(self):
        self.reset()
        status, said = self.run('strace', '-f', '-qq', '-o', self.trace)
        assert status == 0 and read(self.target) == self.new, said
        before, threads = None, {}  # strace counts the calls of each thread
        for line in open(self.trace, errors='replace'):
            thread, call = line.split(None, 1)
            names = threads.setdefault(thread, Counter())
            if call.startswith(MAIN): before = names.copy()
            if '(' in call and not call.startswith('<'): names[call.split('(')[0]] += 1
        where = {}
        for names in threads.values():  # numbers that the loader has passed, too: it has ways of its own to fail
            for name, count in names.items(): where.setdefault(name, set()).update(range(before[name] + 1, count + 1))
        return {name: sorted(numbers) for name, numbers in where.items() if numbers}

    def complain(self, what, why):
        self.bad += 1
        if self.bad <= 20: print(f'{what}: {why}')

    def fault(self, name, n, how):
        what = f'{name} {n} {how}'
        self.faults += 1
        self.reset()
        # Not with --seccomp-bpf, which misses some.
        status, said = self.run('strace', '-f', '-qq', '-o', self.trace, '-e', f'trace={name}', '-e', f'inject={name}:{how}:when={n}')
        have, killed = read(self.target), how.startswith('signal')
        fired = 'killed by SIGKILL' if killed else '(INJECTED)'
        self.fired += fired in open(self.trace, errors='replace').read()
        if have not in (self.old, self.new): self.complain(what, 'the target is neither the old nor the new one')
        elif not killed and (have == self.new) != (status == 0): self.complain(what, f'status {status}, target {"new" if have == self.new else "old"}')
        elif not killed and status not in (0, 2, 127): self.complain(what, f'status {status}: {said!r}')
        elif not killed and status == 2 and name != 'write' and len(said.splitlines()) != 1: self.complain(what, f'said {said!r}')
        if self.beside(): self.debris(what, killed or name in ('unlink', 'linkat'))

    def debris(self, what, allowed):
        if not allowed: self.complain(what, f'left {self.beside()}')
        status, said = self.run()
        if status != 0 or read(self.target) != self.new: self.complain(what, f'the next run: status {status}, {said!r}')
        for name in self.beside():
            self.complain(what, f'{name} is left by the next run, too')
            os.unlink(os.path.join(self.directory, name))

def main():
    i = sys.argv.index('--')
    files = sys.argv[1:i]
    case = Case(files[0], files[1], files[2] if len(files) > 2 else None, sys.argv[i + 1:])
    for name, numbers in sorted(case.calls().items()):
        if name in NEVER: continue
        if name not in EVERY: numbers = sorted({numbers[k * (len(numbers) - 1) // (SAMPLES - 1)] for k in range(SAMPLES)})
        for n in numbers:
            case.fault(name, n, 'signal=KILL')
            if name != 'brk': case.fault(name, n, 'error=EIO') # brk has no way to tell an error
            if name in FULL: case.fault(name, n, 'error=ENOSPC')
    print(f'{case.faults} faults, {case.fired} of them happened, {case.bad} were bad')
    sys.exit(1 if case.bad or case.fired < 100 or case.fired < case.faults * 9 / 10 else 0)

main()
