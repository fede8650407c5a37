export function productEnvironment(options?: string): {
  NODE_COMPILE_CACHE: string;
  NODE_OPTIONS: string;
  MALLOC_ARENA_MAX: string;
  MALLOC_TRIM_THRESHOLD_: string;
};
export function compileProduct(): Promise<void>;
