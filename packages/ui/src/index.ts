export { ActionButton } from './action-button.tsx';
export {
  AgeText,
  ageOf,
  clockOf,
  DateText,
  dayOf,
  durationText,
  exactTime,
  shortAge,
  TimeText,
  useNow,
} from './age.tsx';
export { CodeDiff } from './code-diff.tsx';
export { type Answer, CompletenessBar, oldestOf } from './completeness.tsx';
export { DataTable } from './data-table.tsx';
export { EventLanes, type LaneEvent } from './event-lanes.tsx';
export { CodeBlock, CopyButton, EmptyState, NoMatch, ProblemAlert, type ProblemLike, Skeleton } from './feedback.tsx';
export { Field } from './field.tsx';
export { type LogRow, LogViewer } from './log-viewer.tsx';
export { type MergePart, mergedText, mergeLines } from './merge-lines.ts';
export { MeterText } from './meter-text.tsx';
export { MultiPicker, type PickerOption } from './multi-picker.tsx';
export { ConfirmDanger, Dialog, Drawer } from './overlays.tsx';
export { PageHeader } from './page-header.tsx';
export { type PodCell, PodMatrix } from './pod-matrix.tsx';
export { Popover } from './popover.tsx';
export { saveFile } from './save-file.ts';
export { SchemaForm } from './schema-form.tsx';
export { type FieldSource, type FormError, type FormSchema, type FormValue, pointerOf } from './schema-values.ts';
export { StateBand, type StateMark, type StateSpan } from './state-band.tsx';
export { type Status, StatusDot } from './status.tsx';
export type { Column, Density } from './table-types.ts';
export { type Tab, Tabs } from './tabs.tsx';
export { TextFilter } from './text-filter.tsx';
export { type Span, TimeAxis } from './time-axis.tsx';
export { type Bar, type PlotPoint, TimeBars, TimePlot } from './time-plot.tsx';
export { type Toast, Toasts } from './toasts.tsx';
export { useTyped } from './use-typed.ts';
export { setZone, useZone, type Zone } from './zone.ts';
