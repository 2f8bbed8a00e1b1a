import type * as vscode from 'vscode';
import { createServices } from './host/createServices.ts';
import { register as compare } from './host/compare/register.ts';
import { register as diagnostics } from './host/diagnostics/register.ts';
import { register as label } from './host/label/register.ts';
import { register as map } from './host/map/register.ts';
import { register as runs } from './host/runs/register.ts';
import { register as score } from './host/score/register.ts';
import { register as tools } from './host/tools/register.ts';
import { register as train } from './host/train/register.ts';
import { register as walkthrough } from './host/walkthrough/register.ts';
import { register as weights } from './host/weights/register.ts';

/** Starts the extension: builds what the features share, then lets each register itself. No file is read, no process started. */
export function activate(context: vscode.ExtensionContext): void {
  const services = createServices(context);
  for (const register of [score, weights, diagnostics, train, compare, map, runs, label, walkthrough, tools])
    register(context, services);
}
