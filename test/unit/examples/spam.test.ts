import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** What these tests use of `scripts/makeSpamExample.mjs`. */
interface Script {
  htmlToText(html: string): string;
  ownLines(body: string): string;
  cleanSubject(subject: string): string;
  mask(text: string): string;
  normalise(text: string): string;
  rowText(mail: { subject?: string; text?: string; html?: string }): { text?: string; reason?: string };
}
interface Row {
  text: string;
  label: string;
}
type Fault =
  | { line: number; fault: 'wrong-label'; intended: string }
  | { line: number; fault: 'near-copy'; of: number }
  | { line: number; fault: 'cliche' | 'off-domain' };

const root = join(import.meta.dirname, '..', '..', '..');
const folder = join(root, 'examples', 'spam');
const scriptPath = join(root, 'scripts', 'makeSpamExample.mjs');
const script = (await import(scriptPath)) as Script;

const rowsOf = (name: string): Row[] =>
  readFileSync(join(folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
const countOf = (rows: readonly Row[], label: string): number => rows.filter((row) => row.label === label).length;

const real = { real: rowsOf('real.jsonl'), dev: rowsOf('dev.jsonl'), test: rowsOf('test.jsonl') };
const synthetic = rowsOf('synthetic.jsonl');
const faults = JSON.parse(readFileSync(join(folder, 'faults.json'), 'utf8')) as Fault[];

describe('the real rows of examples/spam', () => {
  it('have the promised sizes and the share of spam that the corpus has', () => {
    const corpusShare = (500 + 1396) / 6046;
    for (const [name, size] of Object.entries({ real: 200, dev: 400, test: 1000 })) {
      const rows = real[name as keyof typeof real];
      expect(rows).toHaveLength(size);
      expect(countOf(rows, 'spam')).toBe(Math.round(size * corpusShare));
      expect(countOf(rows, 'ham')).toBe(size - countOf(rows, 'spam'));
    }
  });

  it('share no text, whatever its case, spacing and numbers', () => {
    const texts = Object.values(real).flatMap((rows) => rows.map(({ text }) => script.normalise(text)));
    expect(new Set(texts).size).toBe(1600);
    const theirs = new Set(texts);
    expect(synthetic.filter(({ text }) => theirs.has(script.normalise(text)))).toEqual([]);
  });

  it('name no mail address, web address or machine, and no list in the subject', () => {
    for (const { text } of Object.values(real).flat()) {
      for (const [address] of text.matchAll(/[^\s<>()[\]"',:;]+@[\w-]+\.[\w.-]+/g)) {
        expect(address).toContain('name@example.com');
      }
      for (const [address] of text.matchAll(/https?:\/\/\S+|www\.\S+/g)) expect(address).toContain('example.com');
      for (const [address] of text.matchAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g)) expect(address).toBe('192.0.2.1');
      expect(text).not.toMatch(/^(?:re: )?\[(?:ilug|satalk|sadev|zzzzteana|razor-users|spambayes)\]/i);
      expect(text).not.toMatch(/mailman\/listinfo/);
    }
  });

  it('are single lines of at most 400 characters', () => {
    for (const { text } of Object.values(real).flat()) {
      expect(text.length).toBeLessThanOrEqual(400);
      expect(text).toBe(text.replace(/\s+/g, ' ').trim());
      expect(text).not.toMatch(/\uFFFD|ï¿/);
    }
  });

  it('are made by the script, byte for byte', () => {
    const out = mkdtempSync(join(tmpdir(), 'spam-example-'));
    try {
      execFileSync(process.execPath, [scriptPath, '--out', out], { stdio: 'pipe' });
      for (const name of ['real.jsonl', 'dev.jsonl', 'test.jsonl']) {
        expect(readFileSync(join(out, name)).equals(readFileSync(join(folder, name))), name).toBe(true);
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  });
});

describe('the synthetic rows of examples/spam', () => {
  it('number at least 440, half of them of either label, no text twice', () => {
    expect(synthetic.length).toBeGreaterThanOrEqual(440);
    expect(countOf(synthetic, 'spam') + countOf(synthetic, 'ham')).toBe(synthetic.length);
    expect(Math.abs(countOf(synthetic, 'spam') / synthetic.length - 0.5)).toBeLessThan(0.02);
    expect(new Set(synthetic.map(({ text }) => script.normalise(text))).size).toBeGreaterThanOrEqual(
      synthetic.length - faults.filter(({ fault }) => fault === 'near-copy').length,
    );
    expect(new Set(synthetic.map(({ text }) => text)).size).toBe(synthetic.length);
  });

  it('link to domains reserved for examples only', () => {
    for (const { text } of synthetic) {
      for (const [address] of text.matchAll(/https?:\/\/\S+|www\.\S+/g)) {
        expect(address).toMatch(/\bexample\.(?:com|net|org)\b/);
      }
      expect(text).not.toMatch(/\S@\S/);
    }
  });

  it('carry the recorded faults, in the recorded shares', () => {
    const lines = faults.map(({ line }) => line);
    expect(new Set(lines).size).toBe(lines.length);
    const share = (kind: Fault['fault']): number =>
      faults.filter(({ fault }) => fault === kind).length / synthetic.length;
    expect(share('wrong-label')).toBeCloseTo(0.1, 1.5);
    expect(share('near-copy')).toBeCloseTo(0.08, 1.5);
    expect(share('cliche')).toBeCloseTo(0.06, 1.5);
    expect(share('off-domain')).toBeCloseTo(0.05, 1.5);
    const words = (line: number): Set<string> => new Set(synthetic[line - 1].text.split(' '));
    for (const fault of faults) {
      expect(fault.line).toBeGreaterThanOrEqual(1);
      expect(fault.line).toBeLessThanOrEqual(synthetic.length);
      if (fault.fault === 'wrong-label') {
        expect(['ham', 'spam']).toContain(fault.intended);
        expect(synthetic[fault.line - 1].label).not.toBe(fault.intended);
      }
      if (fault.fault === 'near-copy') {
        expect(synthetic[fault.line - 1].label).toBe(synthetic[fault.of - 1].label);
        const [copy, original] = [words(fault.line), words(fault.of)];
        const shared = [...copy].filter((word) => original.has(word)).length;
        expect(shared / Math.max(copy.size, original.size)).toBeGreaterThan(0.7);
        expect(lines).not.toContain(fault.of);
      }
    }
  });
});

describe('the README of examples/spam', () => {
  it('gives the numbers of the files', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const [name, rows] of Object.entries({ ...real, synthetic })) {
      expect(readme).toContain(
        `| \`${name}.jsonl\` | ${rows.length} | ${countOf(rows, 'ham')} | ${countOf(rows, 'spam')} |`,
      );
    }
    for (const kind of ['wrong-label', 'near-copy', 'cliche', 'off-domain']) {
      expect(readme).toContain(`| \`${kind}\` | ${faults.filter(({ fault }) => fault === kind).length} |`);
    }
    expect(readme).toContain(`That is ${faults.length} of ${synthetic.length} rows`);
  });
});

describe('what the script makes of a mail', () => {
  it('reads HTML as a person would see it', () => {
    expect(
      script.htmlToText(
        '<html><head><title>no</title><style>p { color: red }</style></head>' +
          '<body>mort<!-- x > y -->ga<zz>ge<p>Tom &amp; Ann&#39;s caf&eacute; &#146;02 &nosuch; &#1114112;<br>5 < 6</body>',
      ),
    ).toBe("\nmortgage\nTom & Ann's café ’02 &nosuch;  \n5 < 6\n");
    expect(script.htmlToText('left <b unclosed')).toBe('left ');
    expect(script.htmlToText('a <!-- never closed > b')).toBe('a  b');
  });

  it('ends on any HTML, and leaves no whole tag', () => {
    const piece = fc.constantFrom('<', '>', '<!--', '-->', '<p', '<script>', '</script', '"', '&lt', ' ', 'a', '=');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const html = pieces.join('').replaceAll('&lt', '');
        expect(script.htmlToText(html)).not.toMatch(/<[a-z!][^>]*>/);
      }),
    );
  });

  it('keeps the sender’s own lines', () => {
    const body = [
      'On Fri, 6 Sep 2002, A. N. Other wrote:',
      '> quoted',
      '>> twice',
      'My answer.',
      '-----Original Message-----',
      'From: A. N. Other',
      'Subject: disks',
      'My second answer.',
      '-- ',
      'signature',
    ].join('\n');
    expect(script.ownLines(body)).toBe('My answer.\nMy second answer.');
    expect(script.ownLines('Hello.\n______________\nX mailing list\nhttp://a.b/mailman/listinfo/x')).toBe('Hello.');
  });

  it('strips list tags from subjects, and nothing else', () => {
    expect(script.cleanSubject('Re: [ILUG] [OT] disks [long]')).toBe('Re: disks [long]');
    expect(script.cleanSubject('Re:  Re: disks')).toBe('Re: disks');
    expect(script.cleanSubject('disks')).toBe('disks');
  });

  it('masks addresses and telephone numbers, but not dates, amounts and versions', () => {
    expect(script.mask('<mailto:Jo.Doe+x@mail.test.ie>, jo@localhost')).toBe('<name@example.com>, name@example.com');
    expect(script.mask('http://u:p@host.test/a?b=c and www.shop.test/x')).toBe(
      'http://example.com and www.example.com',
    );
    for (const number of [
      '+353 1 234 5678',
      '(800) 123-4567',
      '1-800-123-4567',
      '086-1234567',
      '1 - 6 4 6 - 2 1 8 - 1 2 0 0',
    ]) {
      expect(script.mask(`call ${number} now`)).toBe('call 555-0100 now');
    }
    const kept = 'on 2002-09-24 at 14:58, 1999-2002, $1,000,000, 2.4.18-3, 24.07.2002 15:57:41, 10 20 30';
    expect(script.mask(kept)).toBe(kept);
  });

  it('takes plain text before HTML, cuts at a word, and says why a mail gives no row', () => {
    const plain = 'The quick answer is that you can do this with the tools that we have in the box.';
    expect(script.rowText({ subject: 'Disks', text: plain, html: '<p>not this' }).text).toBe(`Disks. ${plain}`);
    expect(script.rowText({ subject: 'Disks?', html: `<p>${plain}</p>` }).text).toBe(`Disks? ${plain}`);
    const long = script.rowText({ subject: 'Long', text: `${plain} `.repeat(9) }).text ?? '';
    expect(long.length).toBeLessThanOrEqual(400);
    expect(`Long. ${`${plain} `.repeat(9)}`.startsWith(`${long} `)).toBe(true);
    expect(script.rowText({ subject: 'Empty', text: 'hi' })).toEqual({ reason: 'hardly any text' });
  });
});
