/** A template that renders one empty ConfigMap and asks for nothing. */
export function templateFiles(name: string, version = '1.0.0'): Record<string, string> {
  return {
    'template.yaml': `name: ${name}\nversion: ${version}\n`,
    'schema.json': '{"type":"object","additionalProperties":false}',
    'manifests/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`,
  };
}
