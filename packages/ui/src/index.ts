export { AgeText, ageOf } from './age.tsx';
export { CodeDiff } from './code-diff.tsx';
export { type Answer, CompletenessBar } from './completeness.tsx';
export { type Column, DataTable } from './data-table.tsx';
export { CodeBlock, CopyButton, EmptyState, ProblemAlert, type ProblemLike, Skeleton } from './feedback.tsx';
export { type LogRow, LogViewer } from './log-viewer.tsx';
export { ConfirmDanger, Dialog, Drawer } from './overlays.tsx';
export { type FormError, type FormSchema, type FormValue, SchemaForm } from './schema-form.tsx';
export { type Status, StatusDot } from './status.tsx';
