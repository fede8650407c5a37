import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useWelcome } from './use-welcome.ts';
import { t } from './welcome.messages.ts';
import type { Step } from './welcome-steps.ts';

/** The first steps on Home, until they are done or skipped. */
export function WelcomePanel() {
  const { track, steps, done, isKnown, isFinished, closed, setClosed } = useWelcome();
  if (closed || track === undefined || !isKnown || isFinished) return null;
  function skip(): void {
    setClosed(true);
    // The button that had the focus is gone.
    document.getElementById('page')?.focus();
  }
  return (
    <section className="panel welcome" aria-label={t.title}>
      <div className="row">
        <h2>{t.title}</h2>
        <span className="muted">{t.done(done, steps.length)}</span>
        <span className="grow" />
        <Link to="/welcome/$track" params={{ track }}>
          {t.details}
        </Link>
        <button type="button" className="button small" aria-label={t.skipLabel} onClick={skip}>
          {t.skip}
        </button>
      </div>
      <ol className="plain-list">
        {steps.map((step) => (
          <li key={step.key} className="row">
            <StepMark done={step.done} />
            <StepLink step={step} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Done or not, said as well as shown. */
export function StepMark({ done }: { done: boolean }) {
  const Icon = done ? IconCircleCheck : IconCircle;
  return (
    <span className={`step-mark ${done ? 'status healthy' : 'muted'}`}>
      <Icon size={18} aria-hidden="true" />
      <span className="visually-hidden">{done ? t.isDone : t.isOpen}</span>
    </span>
  );
}

export function StepLink({ step }: { step: Step }) {
  return (
    <Link to={step.to} search={step.search as never} className={step.done ? 'muted' : 'strong'}>
      {t.steps[step.key][0]}
    </Link>
  );
}
