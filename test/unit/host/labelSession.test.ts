import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answer,
  back,
  beginSession,
  canGoBack,
  checkLabels,
  countsOf,
  currentText,
  finish,
  forward,
  isDone,
  labelledCount,
  resume,
  rowsAsJsonl,
  type LabelSession,
} from '../../../src/host/label/labelSession.ts';

const texts = Array.from({ length: 6 }, (_, i) => ({ line: 10 * (i + 1), text: `text ${String(i)}` }));
const begin = (goal = 3): LabelSession => beginSession(['ham', 'spam'], goal, texts);
const give = (session: LabelSession, label: string | null): LabelSession =>
  answer(session, currentText(session)?.line ?? -1, label);

describe('labelling', () => {
  it('asks text after text until there are enough labels; skipped ones do not count', () => {
    let session = begin();
    for (const label of ['ham', null, 'spam', null, 'ham']) {
      expect(isDone(session)).toBe(false);
      session = give(session, label);
    }
    expect(isDone(session)).toBe(true);
    expect(currentText(session)).toBeUndefined();
    expect(labelledCount(session)).toBe(3);
    expect(countsOf(session)).toEqual([
      { label: 'ham', rows: 2 },
      { label: 'spam', rows: 1 },
    ]);
  });

  it('ends when no text is left', () => {
    let session = begin(100);
    for (let i = 0; i < texts.length; i++) session = give(session, 'ham');
    expect(isDone(session)).toBe(true);
    expect(give(session, 'ham')).toBe(session);
  });

  it('ignores a key that was meant for the text before, and a label that is none', () => {
    const session = give(begin(), 'ham');
    expect(answer(session, 10, 'spam')).toBe(session);
    expect(answer(session, 20, 'eggs')).toBe(session);
    expect(answer(session, 20, 'spam').answers).toEqual(['ham', 'spam']);
  });

  it('goes back, corrects, and returns to where it was', () => {
    let session = give(give(give(begin(), 'ham'), 'ham'), null);
    session = back(back(back(session)));
    expect(canGoBack(session)).toBe(false);
    expect(back(session)).toBe(session);
    expect(currentText(session)).toMatchObject({ line: 10 });
    session = answer(session, 10, 'spam');
    expect(session.answers).toEqual(['spam', 'ham', null]);
    expect(currentText(session)).toMatchObject({ line: 40 });
  });

  it('looks back without changing anything', () => {
    const session = give(give(begin(), 'ham'), 'spam');
    const returned = forward(back(session));
    expect(returned).toEqual(session);
  });

  it('can go back from the end', () => {
    let session = give(give(give(begin(), 'ham'), 'ham'), 'ham');
    expect(isDone(session)).toBe(true);
    session = back(session);
    expect(isDone(session)).toBe(false);
    session = give(session, null);
    // One less than the goal now: another text is asked about.
    expect(isDone(session)).toBe(false);
    expect(currentText(session)).toMatchObject({ line: 40 });
  });

  it('keeps answers that others have taken into the file', () => {
    const session = { ...give(give(begin(), 'ham'), 'spam'), fixed: 1 };
    expect(back(session).position).toBe(1);
    expect(back(back(session)).position).toBe(1);
  });

  it('ends early and goes on', () => {
    let session = finish(give(begin(), 'ham'));
    expect(isDone(session)).toBe(true);
    session = resume(session);
    expect(currentText(session)).toMatchObject({ line: 20 });
    session = give(give(session, 'ham'), 'spam');
    expect(isDone(session)).toBe(true);
    session = resume(session);
    expect(session.goal).toBe(6);
    expect(currentText(session)).toMatchObject({ line: 40 });
  });

  it('never loses an answer, whatever keys are pressed', () => {
    const key = fc.constantFrom('ham', 'spam', 'skip', 'back', 'forward', 'finish', 'resume', 'stray');
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
        let session = begin(4);
        for (const pressed of keys) {
          const before = session;
          switch (pressed) {
            case 'back':
              session = back(session);
              break;
            case 'forward':
              session = forward(session);
              break;
            case 'finish':
              session = finish(session);
              break;
            case 'resume':
              session = resume(session);
              break;
            case 'stray':
              session = answer(session, 5, 'ham');
              break;
            case 'skip':
              session = give(session, null);
              break;
            case 'ham':
            case 'spam':
              session = give(session, pressed);
          }
          expect(session.answers.length).toBeGreaterThanOrEqual(before.answers.length);
          expect(session.position).toBeLessThanOrEqual(session.answers.length);
          expect(session.answers.length).toBeLessThanOrEqual(texts.length);
          // At most one answer differs, and it is the one that was shown.
          const changed = before.answers.flatMap((given, i) => (given === session.answers[i] ? [] : [i]));
          expect(changed.every((i) => i === before.position)).toBe(true);
        }
        const rows = rowsAsJsonl(session, { text: 'text', label: 'label' });
        expect(rows.split('\n').length - 1).toBe(labelledCount(session));
      }),
    );
  });
});

describe('rows that are written', () => {
  it('have the fields of the synthetic file, one line each', () => {
    const session = beginSession(['a\nb', 'c'], 9, [
      { line: 1, text: 'x "quoted"\n\u2028', textPair: 'y' },
      { line: 2, text: 'skipped' },
      { line: 3, text: 'z' },
    ]);
    const answered = give(give(give(session, 'a\nb'), null), 'c');
    const fields = { text: 'premise', textPair: 'hypothesis', label: '__proto__' };
    const lines = rowsAsJsonl(answered, fields).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('');
    expect(lines[0]).toBe('{"premise":"x \\"quoted\\"\\n\u2028","hypothesis":"y","__proto__":"a\\nb"}');
    expect(lines[1]).toBe('{"premise":"z","__proto__":"c"}');
    expect(rowsAsJsonl(answered, fields, 1)).toBe('{"premise":"z","__proto__":"c"}\n');
  });
});

describe('labels as they were edited', () => {
  it('are trimmed, without blanks and repeats', () => {
    expect(checkLabels([' ham', 'spam ', '', 'ham'])).toEqual({ labels: ['ham', 'spam'] });
  });

  it('must be two at least, and tell themselves apart', () => {
    expect(checkLabels(['ham', ' ham'])).toEqual({ fault: 'tooFew' });
    expect(checkLabels(['ham', 'Ham', 'spam'])).toEqual({ fault: 'alike', example: 'Ham' });
  });
});
