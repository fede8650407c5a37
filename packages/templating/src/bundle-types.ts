/** Path to text: `template.yaml`, `schema.json`, `manifests/*.yaml`, `tests/*.yaml`. */
export type BundleFiles = Record<string, string>;

/** Layers of parameters, from the widest to the narrowest. */
export const layerKinds = ['application', 'environment', 'target'] as const;
export type LayerKind = (typeof layerKinds)[number];

/** A parameter that may be set down to `layer` alone, by whoever holds `permission`. */
export type Lock = { pointer: string; layer: LayerKind; permission: string };

export type Bundle = {
  name: string;
  title: string;
  description: string;
  version: string;
  images: Record<string, { required: boolean; title?: string }>;
  /** Values the manifests see as `local.<name>`; each sees those before it. */
  locals: Record<string, unknown>;
  locked: readonly Lock[];
  /** Lint rules the writer has a reason to break, by rule. */
  allow: Record<string, string>;
  /** JSON Schema 2020-12 of `params`. */
  schema: Record<string, unknown>;
  files: BundleFiles;
  /** Over all files. */
  sha256: string;
  /** Parsed manifests in the order of their file names. */
  documents: { file: string; node: unknown }[];
};
