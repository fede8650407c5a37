const decimal = /^\d{1,39}$/;

/**
 * True when `a` is surely an older resource version than `b`. Versions are opaque to Kubernetes' older rules, and
 * decimal numbers in every API server; anything else is not compared.
 */
export function isOlder(a: string, b: string): boolean {
  return decimal.test(a) && decimal.test(b) && BigInt(a) < BigInt(b);
}
