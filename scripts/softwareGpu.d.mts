export function softwareGpu(): Record<string, string> | undefined;
