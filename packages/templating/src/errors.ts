/** A bundle that cannot be loaded; names the file. */
export class BundleError extends Error {
  readonly file: string;
  constructor(file: string, message: string) {
    super(`${file}: ${message}`);
    this.name = 'BundleError';
    this.file = file;
  }
}

/** A template that cannot be rendered with these values. */
export class RenderError extends Error {
  readonly code: 'render_failed' | 'render_too_large';
  readonly file: string | undefined;
  constructor(code: RenderError['code'], message: string, file?: string) {
    super(file === undefined ? message : `${file}: ${message}`);
    this.name = 'RenderError';
    this.code = code;
    this.file = file;
  }
}
