import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/base/errors.ts';
import {
  addsRealRows,
  defaultMethods,
  methodOf,
  parseMethods,
  parseSeeds,
} from '../../../src/core/comparison/methods.ts';

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

  it('takes most methods with the real rows too, CE as the method that is just that', () => {
    expect(names('imp-2+real, QUALITY+Real,filter-.5+real,rho-30+real,focal+real,imp-2')).toEqual([
      ...['ce', 'imp-2+real', 'quality+real', 'filter-0.5+real', 'rho-30+real', 'focal+real', 'imp-2'],
    ]);
    expect(names('ce+real,both')).toEqual(['ce', 'both']);
    expect(methodOf('imp-2+real')).toEqual({
      ...{ name: 'imp-2+real', title: 'IMP, K = 2, with real rows', kind: 'imp', folds: 2, withReal: true },
    });
    expect(['dimp+real', 'random+real', 'filter-0.5+real'].map((name) => methodOf(name).title)).toEqual([
      ...['DIMP with real rows', 'random weights with real rows', 'filter, τ = 0.5, with real rows'],
    ]);
    for (const { name, withReal } of parseMethods())
      expect([name, withReal]).toEqual([name, addsRealRows(name) || undefined]);
    expect(defaultMethods.filter(addsRealRows)).toHaveLength(4);
  });

  it.each(['real+real', 'both+real'])('refuses %s, which has the real rows already', (name) => {
    const message = `--methods: there is no method ${name}: ${name.slice(0, 4)} trains on the real rows already.`;
    expect(() => parseMethods(name)).toThrow(new UserError(message, 2));
  });

  it.each(['+real', 'imp+real', 'foo+real', 'imp-2+real+real', 'imp-2+', 'imp-2 +real', 'imp-2-real', 'rho-0+real'])(
    'refuses %s like any other name',
    (name) => {
      expect(() => parseMethods(name)).toThrow(`there is no method ${name}; choose from real, ce`);
    },
  );

  it('gives a method settings of the weights of its own', () => {
    expect(methodOf('imp-2@gamma=0.50@self-normalise+real')).toEqual({
      ...{ name: 'imp-2@gamma=0.5@self-normalise+real', kind: 'imp', folds: 2, withReal: true },
      title: 'IMP, K = 2, γ = 0.5, mean weight 1, with real rows',
      own: { gamma: 0.5, selfNormalise: true },
    });
    expect(methodOf('quality@truncate=0.9@prior-correction')).toMatchObject({
      title: 'quality, cap at quantile 0.9, prior correction',
      own: { truncateQuantile: 0.9, priorCorrection: true },
    });
    expect(methodOf('imp-2@self-normalise@gamma=0.5').name).toBe('imp-2@gamma=0.5@self-normalise');
    expect(methodOf('dimp@clip-max=10')).toMatchObject({ title: 'DIMP, w ≤ 10', own: { clipMax: 10 } });
    expect(names('imp-2,imp-2@gamma=0.5,imp-2@gamma=0.50')).toEqual([...['ce', 'imp-2', 'imp-2@gamma=0.5']]);
  });

  it.each([
    ...[
      'ce@gamma=2',
      'filter-0.5@gamma=2',
      'both@gamma=2',
      'dimp@self-normalise',
      'dimp@truncate=0.9',
      'imp-2@',
      'imp-2@foo=1',
    ],
    ...[
      'imp-2@gamma',
      'imp-2@gamma=',
      'imp-2@gamma=-1',
      'imp-2@clip-max=0',
      'imp-2@truncate=1',
      'imp-2@self-normalise=1',
    ],
    ...['imp-2@constructor', 'imp-2+real@gamma=1', '@gamma=1', 'imp-2@gamma=1@gamma=2', 'imp-2@gamma=0.0000001'],
  ])('refuses %s', (name) => {
    expect(() => parseMethods(name)).toThrow(`there is no method ${name}; choose from real, ce`);
  });

  it('says what may stand behind @ where that is what was wrong', () => {
    expect(() => parseMethods('dimp@truncate=0.9')).toThrow(/@gamma=X, @clip-max=X, .* dimp the first two\.$/);
    expect(() => parseMethods('foo')).toThrow(/^[^@]*$/);
  });

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
