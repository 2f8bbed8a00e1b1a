import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import { defaultMethods, methodOf, parseMethods, parseSeeds } from '../../../src/core/comparison/methods.ts';

const names = (text?: string): string[] => parseMethods(text).map(({ name }) => name);

describe('parseMethods', () => {
  it('stands for all methods where nothing is given, the baseline first and each once', () => {
    expect(names()[0]).toBe('ce');
    expect([...names()].sort()).toEqual([...defaultMethods].sort());
    expect(names('all')).toEqual(names());
  });

  it('opens groups, takes numbers, and drops repetitions and spaces', () => {
    expect(names('filter, imp')).toEqual(['ce', 'filter-0.3', 'filter-0.5', 'filter-0.7', 'imp-1', 'imp-2']);
    expect(names('filter-.25,FILTER-0.250,rho-30,imp-5,ce,')).toEqual(['ce', 'filter-0.25', 'rho-30', 'imp-5']);
    expect(methodOf('rho-30')).toMatchObject({ kind: 'rho', keep: 0.3, title: 'RHO, top 30 %' });
    expect(methodOf('imp-5')).toMatchObject({ kind: 'imp', folds: 5, title: 'IMP, K = 5' });
    expect(methodOf('filter-0.25')).toMatchObject({ kind: 'filter', threshold: 0.25 });
  });

  it.each(['foo', 'ce-2', 'imp-0', 'imp-1.5', 'filter-1', 'filter--1', 'rho-0', 'rho-100', 'constructor', 'imp 2'])(
    'refuses %s in one line',
    (name) => {
      expect(() => parseMethods(`ce,${name}`)).toThrow(UserError);
      expect(() => parseMethods(name)).toThrow(/there is no method .*; choose from real, ce/);
    },
  );

  it('refuses an empty list', () => {
    expect(() => parseMethods(' , ')).toThrow(/--methods is empty/);
  });
});

describe('parseSeeds', () => {
  it('reads whole numbers, each once', () => {
    expect(parseSeeds('3, 1,2,1')).toEqual([3, 1, 2]);
    expect(parseSeeds('4294967295')).toEqual([4294967295]);
  });
  it.each(['', '1,', '-1', '1.5', 'a', '4294967296', '1;2'])('refuses %j', (text) => {
    expect(() => parseSeeds(text)).toThrow(/--seeds must be whole numbers/);
  });
});
