import { describe, expect, it } from 'vitest';
import { compareDocument, escapeMarkdown } from '../../../src/host/runs/compareDocument.ts';
import type { JsonObject } from '../../../src/store/json.ts';
import type { RunRecord } from '../../../src/store/runRecord.ts';
import { setScores, trainRecord } from './runs.ts';

const wording = {
  t: (message: string, ...args: string[]): string => message.replace(/\{(\d)\}/g, (_, i: string) => args[Number(i)]),
  linkTo: (line: number): string => `file:///data/synthetic.jsonl#L${String(line)}`,
};

function scoreRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return trainRecord({
    kind: 'score',
    settings: { method: 'imp', effort: 'preview', weights: { gamma: 1 } },
    metrics: {
      ess: 369.05,
      verdicts: { misaligned: 71, ok: 255 },
      quality: { used: { accuracy: 0.92, logLoss: 0.2378 } },
    },
    ...changes,
  });
}

describe('two runs side by side', () => {
  it('shows the metrics of trainings with their change', () => {
    const after = trainRecord({ metrics: { ...(setScores(0.925, 0.84, 500) as object) } });
    const text = compareDocument(
      { dataset: '/data/synthetic.jsonl', before: trainRecord(), after, differences: undefined },
      wording,
    );
    expect(text).toContain('| Accuracy, test | 90.0 % | 92.5 % | +2.5 % |');
    expect(text).toContain('| Macro-F1, test | 85.0 % | 84.0 % | −1.0 % |');
    expect(text).toContain('| F1 of spam, test | 80.0 % | 79.0 % | −1.0 % |');
    // The later run had no dev rows.
    expect(text).toContain('| Accuracy, dev | 92.0 % | – |  |');
    expect(text).not.toContain('weight changed most');
  });

  it('shows what differs in the settings, and nothing else', () => {
    const after = scoreRecord({ settings: { method: 'imp', effort: 'standard', weights: { gamma: 0.5 } } });
    const text = compareDocument({ dataset: '/d/s.jsonl', before: scoreRecord(), after, differences: [] }, wording);
    expect(text).toContain('| effort | preview | standard |');
    expect(text).toContain('| weights gamma | 1 | 0.5 |');
    expect(text).not.toContain('| method |');
    expect(text).toContain('No row has another weight.');
  });

  it('shows a group of settings that only one run has in one line, and the seed only above', () => {
    const { settings } = trainRecord();
    const after = trainRecord({
      seed: 7,
      settings: { ...settings, checkers: undefined, classifier: { epochs: 3, seed: 7 } },
    });
    const text = compareDocument(
      { dataset: '/d/s.jsonl', before: trainRecord(), after, differences: undefined },
      wording,
    );
    expect(text).toContain('| checkers | set | – |');
    expect(text).toContain('| Seed | 42 | 7 |');
    expect(text).not.toContain('classifier seed');
  });

  it('says where test numbers are of other rows of the same file', () => {
    const leaking = (judged: string): RunRecord =>
      trainRecord({
        metrics: {
          ...(setScores(0.9, 0.85, 480) as object),
          leakage: { test: { rows: 500, exact: 20, near: 0, judged } },
        },
        metricsAll: setScores(0.9, 0.85, 500) as JsonObject,
      });
    const textOf = (before: RunRecord, after: RunRecord): string =>
      compareDocument({ dataset: '/d/s.jsonl', before, after, differences: undefined }, wording);
    const warning = /left out other copies of training rows among the test rows: their test numbers cannot/;
    expect(textOf(leaking('one'), leaking('two'))).toMatch(warning);
    expect(textOf(leaking('one'), trainRecord())).toMatch(warning);
    expect(textOf(leaking('one'), leaking('one'))).not.toContain('cannot be compared');
    const inputs = trainRecord().inputs.filter(({ role }) => role !== 'test');
    expect(textOf(leaking('one'), trainRecord({ inputs }))).toContain('> The runs used different test rows');
  });

  it('lists the rows whose weight changed, with a link to each line', () => {
    const text = compareDocument(
      {
        dataset: '/data/synthetic.jsonl',
        before: scoreRecord(),
        after: scoreRecord(),
        differences: [
          {
            line: 12,
            text: 'Win a | prize\n<script>alert(1)</script>',
            label: 'spam',
            before: { weight: 0.5, verdict: 'ok' },
            after: { weight: 0.001, verdict: 'misaligned' },
          },
          { line: 3, text: 'x', label: 'ham', before: { weight: 0 }, after: { weight: 1 } },
        ],
      },
      wording,
    );
    expect(text).toContain(
      '| [12](file:///data/synthetic.jsonl#L12) | spam | 0.50 | 1.0e-3 | × 0.0020 | ok → misaligned | Win a \\| prize &lt;script&gt;alert(1)&lt;/script&gt; |',
    );
    expect(text).toContain('| [3](file:///data/synthetic.jsonl#L3) | ham | 0.00 | 1.00 | – | – | x |');
  });

  it('says where numbers are not over the same rows', () => {
    const after = trainRecord({
      inputs: trainRecord().inputs.map((input) => (input.role === 'test' ? { ...input, sha256: '00' } : input)),
    });
    const text = compareDocument(
      { dataset: '/d/s.jsonl', before: trainRecord(), after, differences: undefined },
      wording,
    );
    expect(text).toContain('> The runs used different test rows');
    expect(text).not.toContain('different dev rows');
  });
});

describe('text from files', () => {
  it.each([
    ['![x](http://example.com/a.png)', '!\\[x\\](http&#58;//example.com/a.png)'],
    ['a\n\n# b', 'a # b'],
    ['<img src=x>', '&lt;img src=x&gt;'],
    ['&lt;', '&amp;lt;'],
    ['a\u202eb\0', 'a\ufffdb\ufffd'],
    ['`code` *em* _em_', '\\`code\\` \\*em\\* \\_em\\_'],
  ])('%j cannot become markup', (text, shown) => {
    expect(escapeMarkdown(text)).toBe(shown);
  });
});
