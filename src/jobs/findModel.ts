import { CancelledError, UserError } from '../base/errors.ts';
import { ensureEncoder, encoderPresence, type EncoderPresence } from '../engine/hub/download.ts';
import type { JobContext } from './context.ts';
import { openEncoder, type Encoder } from './encoder.ts';

export { encoderPresence, type EncoderPresence };

/** Opens the encoder that `--model` names, or the default one, fetching it where it is not on this machine. */
export async function findAndOpenEncoder(model: string | undefined, context: JobContext): Promise<Encoder> {
  const found = await ensureEncoder({
    model,
    fetch: context.fetch ?? globalThis.fetch,
    signal: context.signal,
    onProgress: context.onDownload,
  });
  return openEncoder(found.dir, found.id);
}

/** The same where the job can do without: undefined and a notice where the encoder cannot be had. */
export async function encoderIfAny(model: string | undefined, context: JobContext): Promise<Encoder | undefined> {
  try {
    return await findAndOpenEncoder(model, context);
  } catch (thrown) {
    // A model that was named and is broken, or a cancelled download, is not a reason to go on without.
    if (model !== undefined || !(thrown instanceof UserError) || thrown instanceof CancelledError) throw thrown;
    context.notice(`No encoder: ${thrown.message}`);
    context.notice('Going on with TF-IDF features in place of embeddings; weights are rougher than with an encoder.');
    return undefined;
  }
}
