/** The notices of everything by others that is shipped: bundled into dist/, copied into it, or beside it in node_modules/. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Copied by esbuild.mjs, or shipped as they are. */
const alwaysShipped = ['@vscode/codicons', 'onnxruntime-node', 'onnxruntime-common'];

const mit = (holder) => `MIT License

Copyright (c) ${holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY
CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** For packages that name their licence but carry no text of it. */
const texts = {
  'onnxruntime-node': mit('Microsoft Corporation'),
  'onnxruntime-common': mit('Microsoft Corporation'),
  'gearhash-jit': mit('the authors of gearhash-jit'),
};

/** What the native libraries of ONNX Runtime contain in turn. */
const remarks = {
  'onnxruntime-node': [
    'Its native library contains work by others (among them Protocol Buffers, Abseil, Eigen, oneDNN, MLAS, FlatBuffers, RE2 and Dawn). Their',
    'notices are in ThirdPartyNotices.txt of this version: https://github.com/microsoft/onnxruntime/blob/v%VERSION%/ThirdPartyNotices.txt',
    'On Windows it comes with DirectML.dll (Microsoft, redistributable under the terms of the Microsoft.AI.DirectML package), dxcompiler.dll and',
    'dxil.dll (DirectX Shader Compiler, University of Illinois/NCSA Open Source License, https://github.com/microsoft/DirectXShaderCompiler).',
  ].join('\n'),
};

/**
 * @param {string} root Folder that holds node_modules.
 * @param {Iterable<string>} inputs Source files of the bundles, relative to the root with forward slashes, as in esbuild's metafile.
 * @returns {string} The text of THIRD_PARTY_NOTICES.txt. Throws where a package has no licence text.
 */
export function thirdPartyNotices(root, inputs) {
  const names = new Set(alwaysShipped);
  for (const input of inputs) {
    const name = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name !== undefined) names.add(name);
  }
  const sections = [...names].sort().map((name) => section(root, name));
  return [
    'Counterweight includes work by others, under the terms below.',
    'The encoder is not part of it: it is downloaded on request, under its own terms (all-MiniLM-L6-v2: Apache-2.0).',
    ...sections,
  ]
    .join(`\n\n${'-'.repeat(100)}\n\n`)
    .concat('\n');
}

function section(root, name) {
  const folder = path.join(root, 'node_modules', ...name.split('/'));
  const { version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    : [];
  const text =
    files.length > 0
      ? files.map((file) => readFileSync(path.join(folder, file), 'utf8').trim()).join('\n\n')
      : texts[name];
  if (text === undefined) throw new Error(`${name} carries no licence text; add it to scripts/package/notices.mjs`);
  const remark = remarks[name]?.replace('%VERSION%', version);
  return [`${name} ${version} (${license})`, ...(remark === undefined ? [] : [remark]), text].join('\n\n');
}
