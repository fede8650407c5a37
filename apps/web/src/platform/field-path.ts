/** A JSON pointer as people write a field: `/spec/ports/0/name` is `spec.ports.0.name`. */
export function fieldPath(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.');
}
