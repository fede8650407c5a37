export function productEnvironment(options?: string): { NODE_COMPILE_CACHE: string; NODE_OPTIONS: string };
export function compileProduct(): Promise<void>;
