/** Words of the template pages. */
export const t = {
  templates: 'Templates',
  name: 'Template',
  description: 'What it makes',
  version: 'Newest version',
  none: 'No template is published yet',
  noneHint: 'The templates that come with the product are published when a worker starts.',
  applications: 'Applications',
  missing: (name: string) => `There is no template ${name}`,
  all: 'All templates',
  form: 'Its form, with the defaults',
  files: 'Files',
  images: 'Images',
  required: 'required',
  digest: 'Digest',
  published: 'Published',
  state: 'State',
} as const;
