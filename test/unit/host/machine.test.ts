import { describe, expect, it } from 'vitest';
import { UnsupportedMachineError } from '../../../src/base/errors.ts';
import { unsupportedMachine } from '../../../src/base/machine.ts';
import { whyUnsupported } from '../../../src/host/jobs/thisMachine.ts';
import { describeFailure } from '../../../src/protocol/failure.ts';

describe('machines that models run on', () => {
  it.each([
    [{ platform: 'linux', arch: 'x64', glibc: '2.28' }, undefined],
    [{ platform: 'linux', arch: 'arm64', glibc: '3.0' }, undefined],
    [{ platform: 'linux', arch: 'x64', glibc: '2.17' }, 'linux-x64, glibc 2.17'],
    [{ platform: 'linux', arch: 'x64' }, 'linux-x64, no glibc'],
    [{ platform: 'linux', arch: 'riscv64', glibc: '2.36' }, 'linux-riscv64'],
    [{ platform: 'win32', arch: 'arm64' }, undefined],
    [{ platform: 'win32', arch: 'ia32' }, 'win32-ia32'],
    [{ platform: 'darwin', arch: 'arm64' }, undefined],
    [{ platform: 'darwin', arch: 'x64' }, 'darwin-x64'],
    [{ platform: 'freebsd', arch: 'arm64' }, 'freebsd-arm64'],
  ])('%j: %s', (machine, why) => {
    expect(unsupportedMachine(machine)).toBe(why);
  });

  it('says in one line what to do on the others, and nothing of a download', () => {
    const line = whyUnsupported(() => ({ platform: 'darwin', arch: 'x64' }));
    expect(line).toMatch(/^Models cannot run on this machine \(darwin-x64\): [^\n]*Use such a machine[^\n]*SSH/);
    expect(line).not.toMatch(/download/i);
  });

  it('finds the machine of the tests fit', () => {
    // They train models: if this fails, so must they.
    expect(whyUnsupported()).toBeUndefined();
  });

  it('tells it apart over the wire', () => {
    expect(describeFailure(new UnsupportedMachineError('No.'))).toEqual({
      kind: 'user',
      message: 'No.',
      unsupported: true,
    });
  });
});
