import { IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { StatusDot } from './status.tsx';
import { t } from './ui.messages.ts';

export type Toast = { id: string; kind: 'success' | 'error'; text: ReactNode };

/** Short words in the corner, of own work that ended elsewhere. */
export function Toasts({ toasts, onClose }: { toasts: readonly Toast[]; onClose: (id: string) => void }) {
  return (
    <section className="toasts" aria-label={t.notices} aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.kind}`}>
          <StatusDot status={toast.kind === 'success' ? 'healthy' : 'failed'}>{toast.text}</StatusDot>
          <button type="button" className="icon-button" aria-label={t.dismiss} onClick={() => onClose(toast.id)}>
            <IconX size={16} aria-hidden="true" />
          </button>
        </div>
      ))}
    </section>
  );
}
