/** An image reference, taken apart as a container runtime reads it. */
export type ImageName = {
  /** Host, with its port where one is named: `registry.example.com:5000`. */
  registry: string;
  /** Path below the registry: `shop/web`. */
  path: string;
  tag: string | undefined;
  /** `sha256:…`. */
  digest: string | undefined;
};

const dockerHub = 'docker.io';

/** Without a host it is Docker Hub's, without tag and digest its `latest`. */
export function readImageName(reference: string): ImageName {
  const [name = '', digest] = reference.trim().split('@', 2);
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  const bare = tag === undefined ? name : name.slice(0, -tag.length - 1);
  const [first = '', ...rest] = bare.split('/');
  const hasHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  const place = hasHost
    ? { registry: first.toLowerCase(), path: rest.join('/') }
    : { registry: dockerHub, path: rest.length === 0 ? `library/${bare}` : bare };
  return { ...place, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** Registry and path in full, without tag and digest: what a project's prefixes are compared with. */
export function repositoryOf(reference: string): string {
  const { registry, path } = readImageName(reference);
  return `${registry}/${path}`;
}

/** The name as it was written, with nothing after it. */
export function bareName(reference: string): string {
  const name = reference.trim().split('@', 1)[0] ?? '';
  return name.replace(/:[^:/]+$/, '');
}
