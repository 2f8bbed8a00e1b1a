export function canMountTmpfs(folder: string): boolean;
