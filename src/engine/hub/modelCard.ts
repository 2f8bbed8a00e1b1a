/** What a model card says. */
export interface ModelCard {
  /** The encoder's name on the hub; left out where it came from a folder, whose path is nobody's business. */
  readonly baseModel?: string;
  readonly labels: readonly string[];
  /** Longest row in tokens. */
  readonly maxLength: number;
  /** Markdown put behind the description: data, settings, results. */
  readonly notes?: string;
}

/** More labels than this are counted, not listed. */
const mostLabels = 20;

/** The README.md of an exported classifier, with the metadata block that the Hugging Face hub reads. */
export function modelCard({ baseModel, labels, maxLength, notes }: ModelCard): string {
  const metadata = [
    ...['library_name: transformers', 'pipeline_tag: text-classification'],
    ...(baseModel === undefined ? [] : [`base_model: ${JSON.stringify(baseModel)}`]),
    ...['tags:', '  - counterweight', '  - text-classification', '  - onnx', '  - transformers.js'],
  ];
  const origin = baseModel === undefined ? '' : ` fine-tuned from \`${baseModel}\``;
  const names = labels.length <= mostLabels ? `: ${labels.map(code).join(', ')}` : ' (`id2label` in `config.json`)';
  return `---
${metadata.join('\n')}
---

# Text classifier

A text classifier${origin} with Counterweight, which weights LLM-generated training examples by how much they can be trusted.

- ${String(labels.length)} labels${names}
- trained on texts of at most ${String(maxLength)} tokens
${notes === undefined ? '' : `\n${notes.trim()}\n`}
## Use

Python:

\`\`\`python
from transformers import pipeline
classify = pipeline("text-classification", "path/to/this/folder", truncation=True)
classify("A text.")
\`\`\`

JavaScript, in Node or a browser:

\`\`\`js
import { pipeline } from '@huggingface/transformers';
const classify = await pipeline('text-classification', 'path/to/this/folder', { dtype: 'fp32' });
await classify('A text.');
\`\`\`

\`onnx/model.onnx\` holds the same weights, in float32, for any ONNX runtime. There is no quantized file: browsers ask for \`onnx/model_quantized.onnx\` unless \`dtype: 'fp32'\` says otherwise (\`config.json\` says it too). transformers.js cuts texts that are too long without keeping the last separator token, so their scores differ a little from Python's.
`;
}

/** A label as inline code, whatever is in it (CommonMark: the fence is longer than any run of backticks inside). */
function code(label: string): string {
  const longest = Math.max(0, ...(label.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$/.test(label) || label.trim() === '' ? ' ' : '';
  return `${fence}${pad}${label.replace(/\s+/g, ' ')}${pad}${fence}`;
}
