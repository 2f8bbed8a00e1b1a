/** All that the job worker does by ONNX Runtime, in one module: it is loaded by the first call that needs it. */
export { compareJob } from '../../jobs/compareJob.ts';
export { longJobSeconds } from '../../jobs/estimate.ts';
export { listDevices } from '../../jobs/devices.ts';
export { encoderPresence } from '../../jobs/findModel.ts';
export { openPredictor } from '../../jobs/predictor.ts';
export { rescoreJob } from '../../jobs/rescoreJob.ts';
export { noEncoder, scoreJob } from '../../jobs/scoreJob.ts';
export { trainJob } from '../../jobs/trainJob.ts';
