/**
 * Linear warm-up, then linear decay to 0: Hugging Face's get_linear_schedule_with_warmup.
 * @param step 0-based number of the optimizer step.
 * @returns The factor of the peak learning rate, 0 to 1.
 */
export function linearSchedule(step: number, warmupSteps: number, totalSteps: number): number {
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  return Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}
