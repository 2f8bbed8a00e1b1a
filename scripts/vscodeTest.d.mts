export function unsupportedHere(): string | undefined;
export function findChromium(): string | undefined;
export function ensureChromium(): string | undefined;
export function installVSCode(): void;
