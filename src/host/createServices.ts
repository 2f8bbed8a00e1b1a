import * as vscode from 'vscode';
import { createDataService } from './dataService.ts';
import { OpenDatasets } from './datasets.ts';
import { createEncoders } from './jobs/encoders.ts';
import { createJobs } from './jobs/createJobs.ts';
import type { Services } from './services.ts';

/** Builds what the features share. Nothing starts before it is used: no process, no file. */
export function createServices(context: vscode.ExtensionContext): Services {
  const log = vscode.window.createOutputChannel('Counterweight', { log: true });
  const data = createDataService(context, log);
  const datasets = new OpenDatasets(context, data, log);
  const jobs = createJobs(context, log);
  const encoders = createEncoders(context, log);
  context.subscriptions.push(log, data, datasets, jobs, encoders);
  return { context, log, data, datasets, jobs, encoders };
}
