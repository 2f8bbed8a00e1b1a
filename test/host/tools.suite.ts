import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { callTool, toolFault, type ToolName, workspaceFolder } from './support/languageTools.ts';
import { type Line, rowOf, writeScored } from './support/scoredDataset.ts';
import { startStopped, useTinyEncoder } from './support/scoring.ts';
import { after, becomes, before, describe, eventually, test } from './support/suite.ts';

const labels = ['negative', 'positive'];

/** Lines 1, 3 and 6 are misaligned, 4 is empty, 5 is broken. */
const lines: readonly Line[] = [
  rowOf('The plot drags on for hours.', 'positive', 0.1, 0.8),
  rowOf('A delight from start to end.', 'positive', 0.9, 0.6, { nearDuplicates: 1 }),
  rowOf('I want my money back.', 'positive', 0.03, 0.98),
  { source: '' },
  { source: '{"text": "cut off, "label": "positive"}' },
  rowOf('Bring the whole family.', 'negative', 0.15, 0.5),
  rowOf('Great film, see it.', 'positive', 0.85, 0.97, { nearDuplicates: 1 }),
].map(({ source, scores }) => ({ source, scores: scores && { ...scores, nearestReal: [{ line: 2, cosine: 0.83 }] } }));

describe('language-model tools', () => {
  let folder = '';
  let outside = '';
  const file = (name: string): string => path.join(folder, name);

  before(async () => {
    folder = await mkdtemp(path.join(workspaceFolder(), 'tools-'));
    outside = await mkdtemp(path.join(tmpdir(), 'cw-outside-'));
    const real = ['{"text": "fine", "label": "positive"}', '{"text": "dull", "label": "negative"}', ''].join('\n');
    await writeFile(file('real.jsonl'), real);
    await writeScored(file('scored.jsonl'), lines, { labels, real: file('real.jsonl') });
    await writeScored(path.join(outside, 'scored.jsonl'), lines, { labels });
    await writeFile(file('unscored.jsonl'), real);
    await writeFile(file('unpaired.jsonl'), real);
    await writeFile(file('many.jsonl'), manyRows(200));
    await writeFile(file('few.jsonl'), manyRows(40));
  });

  after(async () => {
    for (const each of [folder, outside]) await rm(each, { recursive: true, force: true });
  });

  test('what the manifest tells models is what the tools take', async () => {
    const inputs = { synthetic: file('scored.jsonl'), verdict: 'ok', filter: '', limit: 1, line: 1 };
    const expected: Record<ToolName, { properties: string[]; required: string[] }> = {
      score_dataset: { properties: ['synthetic', 'real', 'effort'], required: ['synthetic'] },
      list_misaligned: { properties: ['synthetic', 'verdict', 'filter', 'limit'], required: ['synthetic'] },
      explain_row: { properties: ['synthetic', 'line'], required: ['synthetic', 'line'] },
      train_classifier: {
        properties: ['synthetic', 'real', 'dev', 'test', 'loss', 'data', 'epochs'],
        required: ['synthetic'],
      },
    };
    for (const [name, { properties, required }] of Object.entries(expected)) {
      const tool = vscode.lm.tools.find((found) => found.name === `counterweight_${name}`);
      const schema = tool?.inputSchema as { properties: object; required: string[]; additionalProperties: boolean };
      assert.deepEqual(Object.keys(schema.properties), properties, name);
      assert.deepEqual(schema.required, required, name);
      assert.equal(schema.additionalProperties, false);
    }
    // Inputs of exactly these names are understood.
    assert.equal((await callTool('list_misaligned', inputs)).verdict, 'ok');
    assert.equal((await callTool('explain_row', inputs)).line, 1);
    for (const name of Object.keys(expected) as ToolName[]) {
      assert.match(await toolFault(name, {}), /The tool needs synthetic: a path in the workspace\./);
    }
  });

  test('list_misaligned: every misaligned row, lightest first, and the true count', async () => {
    const answer = await callTool('list_misaligned', { synthetic: file('scored.jsonl') });
    const { rows, ...rest } = answer as { rows: { line: number; weight: number }[] };
    assert.deepEqual(rest, { effort: 'standard', verdict: 'misaligned', count: 3, total: 5 });
    assert.deepEqual(
      rows.map(({ line, weight }) => [line, Number(weight.toFixed(3))]),
      [
        [3, 0.031],
        [1, 0.125],
        [6, 0.3],
      ],
    );
    const { weight, probabilityOfLabel, ...first } = rows[0] as unknown as Record<string, unknown>;
    assert.ok(typeof weight === 'number' && Math.abs(Number(probabilityOfLabel) - 0.03) < 1e-6);
    assert.deepEqual(first, {
      ...{ line: 3, label: 'positive', suggested: 'negative', verdict: 'misaligned' },
      text: 'I want my money back.',
    });
  });

  test('list_misaligned: limit, verdict and filter; relative paths', async () => {
    const synthetic = path.join(path.basename(folder), 'scored.jsonl');
    const listed = async (more: object): Promise<unknown[]> => {
      const { count, rows } = await callTool('list_misaligned', { synthetic, ...more });
      return [count, (rows as { line: number }[]).map(({ line }) => line)];
    };
    assert.deepEqual(await listed({ limit: 1 }), [3, [3]]);
    assert.deepEqual(await listed({ filter: 'label:positive weight>0.1' }), [1, [1]]);
    assert.deepEqual(await listed({ verdict: 'redundant' }), [1, [7]]);
    assert.match(await toolFault('list_misaligned', { synthetic, filter: 'weight<' }), /The filter cannot be read/);
  });

  test('explain_row: a row with its probabilities and neighbours', async () => {
    const answer = await callTool('explain_row', { synthetic: file('scored.jsonl'), line: 1 });
    const { line, label, suggested, verdict, reason, text, probabilities, nearestReal } = answer;
    assert.deepEqual(
      { line, label, suggested, verdict, text },
      {
        ...{ line: 1, label: 'positive', suggested: 'negative', verdict: 'misaligned' },
        text: 'The plot drags on for hours.',
      },
    );
    assert.match(String(reason), /real data says 'negative' \(90 %\)/);
    const shown = (probabilities as { label: string; quality: number; diversity: number }[]).map((each) => [
      each.label,
      Number(each.quality.toFixed(3)),
      Number(each.diversity.toFixed(3)),
    ]);
    assert.deepEqual(shown, [
      ['negative', 0.9, 0.2],
      ['positive', 0.1, 0.8],
    ]);
    assert.deepEqual(
      (nearestReal as { line: number; label: string; text: string }[]).map((each) => [
        each.line,
        each.label,
        each.text,
      ]),
      [[2, 'negative', 'dull']],
    );
  });

  test('explain_row: a line without a row says so', async () => {
    for (const line of [4, 5, 99]) {
      assert.deepEqual(await callTool('explain_row', { synthetic: file('scored.jsonl'), line }), {
        error: `Line ${String(line)} of scored.jsonl holds no row.`,
      });
    }
  });

  test('rows are those of the text in the editor', async () => {
    const document = await vscode.workspace.openTextDocument(file('scored.jsonl'));
    await vscode.window.showTextDocument(document);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '{"text": "new", "label": "positive"}\n');
    await vscode.workspace.applyEdit(edit);
    const second = async (): Promise<unknown> =>
      (await callTool('explain_row', { synthetic: file('scored.jsonl'), line: 2 })).text;
    await becomes(second, 'The plot drags on for hours.');
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  });

  test('files outside of the workspace are refused', async () => {
    const foreign = path.join(outside, 'scored.jsonl');
    const wandering = `${folder}/../../${path.basename(outside)}/scored.jsonl`;
    const relative = path.relative(workspaceFolder(), foreign);
    for (const synthetic of [foreign, wandering, relative, file('absent.jsonl'), folder]) {
      for (const name of ['list_misaligned', 'explain_row', 'score_dataset', 'train_classifier'] as const) {
        const fault = await toolFault(name, { synthetic, real: file('real.jsonl'), line: 1 });
        assert.ok(fault.includes(`${synthetic}: there is no such file in the workspace.`), fault);
      }
    }
    for (const name of ['score_dataset', 'train_classifier'] as const) {
      const fault = await toolFault(name, { synthetic: file('few.jsonl'), real: foreign });
      assert.ok(fault.includes(`${foreign}: there is no such file in the workspace.`), fault);
    }
  });

  test('without scores, without real rows: what to do', async () => {
    assert.match(
      await toolFault('list_misaligned', { synthetic: file('unscored.jsonl') }),
      /has no scores yet; call counterweight_score_dataset first/,
    );
    assert.match(
      await toolFault('score_dataset', { synthetic: file('unpaired.jsonl') }),
      /No real rows are known for .*unpaired\.jsonl; name their file as real\./,
    );
  });

  test('score_dataset answers at once with its job, whose scores follow', async () => {
    const bytes = await readFile(file('few.jsonl'));
    const { pid, started } = await startStopped(() =>
      callTool('score_dataset', { synthetic: file('few.jsonl'), real: file('many.jsonl'), effort: 'preview' }),
    );
    assert.equal(typeof started.job, 'number');
    assert.ok(['queued', 'running'].includes(String(started.state)), String(started.state));
    assert.deepEqual([started.rows, started.realRows], [40, 200]);
    const meanwhile = await callTool('list_misaligned', { synthetic: file('few.jsonl') });
    assert.equal(meanwhile.job, started.job);
    process.kill(pid, 'SIGCONT');
    const scored = await listedWhenDone(file('few.jsonl'));
    assert.deepEqual([scored.effort, scored.total], ['preview', 40]);
    assert.deepEqual(await readFile(file('few.jsonl')), bytes);
  }, 300_000);

  test('score_dataset knows the real rows from before; its job can be cancelled', async () => {
    // Without an encoder it would end as soon as it has noticed.
    await useTinyEncoder(process.env.COUNTERWEIGHT_HOST_TINY_MODEL);
    try {
      const { pid, started } = await startStopped(() =>
        callTool('score_dataset', { synthetic: file('few.jsonl'), effort: 'standard' }),
      );
      assert.equal(typeof started.job, 'number');
      const again = await callTool('score_dataset', { synthetic: file('few.jsonl'), effort: 'standard' });
      assert.deepEqual([again.job, again.already], [started.job, true]);
      process.kill(pid, 'SIGCONT');
      await vscode.commands.executeCommand('counterweight.cancelJob');
      const scored = await listedWhenDone(file('few.jsonl'));
      assert.equal(scored.effort, 'preview');
    } finally {
      await useTinyEncoder(undefined);
    }
  }, 300_000);
});

/** What list_misaligned answers once no job is under way. */
async function listedWhenDone(synthetic: string): Promise<Record<string, unknown>> {
  return await eventually(
    'the job has ended',
    async () => {
      const answer = await callTool('list_misaligned', { synthetic });
      return answer.job === undefined ? answer : undefined;
    },
    240_000,
  );
}

/** Rows that a checker can tell apart by their words. */
function manyRows(count: number): string {
  const words = { positive: 'a wonderful warm film', negative: 'a dull cold mess' };
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2 === 0 ? 'positive' : 'negative';
    return `${JSON.stringify({ text: `${words[label]}, number ${String(i)}`, label })}\n`;
  }).join('');
}
