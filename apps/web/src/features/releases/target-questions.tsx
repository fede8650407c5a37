import type { ReleaseDetail } from '@quarterdeck/contracts';
import { decideTarget } from '@quarterdeck/contracts/release-decisions';
import { ActionButton, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { awaitsMeKey } from './my-decisions.ts';
import { t } from './releases.messages.ts';

type Target = ReleaseDetail['targets'][number];
type Question = Target['questions'][number];
type Answer = { choice: 'yield' | 'take' | 'adopt' | 'recreate'; confirm?: string };

const keyOf = ({ object, about, field }: Question) => `${object.kind} ${object.name} ${about} ${field}`;

/** What a target asks before it is written: whose a field is, whether an object becomes ours, or is made anew. */
export function TargetQuestions({ release, target }: { release: ReleaseDetail; target: Target }) {
  const [answers, setAnswers] = useState<Readonly<Record<string, Answer>>>({});
  const refusal = useRefusal('releases:take-over');
  const { questions } = target;
  const isAnswered = (question: Question) => {
    const answer = answers[keyOf(question)];
    return answer !== undefined && (answer.choice !== 'recreate' || answer.confirm === question.object.name);
  };
  const open = questions.filter((question) => !isAnswered(question)).length;
  const queries = useQueryClient();
  const decide = useMutation({
    mutationFn: () =>
      api.call(decideTarget, {
        params: { id: release.id, target: target.targetId },
        body: {
          decisions: questions.map((question) => ({
            object: question.object,
            field: question.field,
            ...(answers[keyOf(question)] ?? { choice: 'yield' as const }),
          })),
        },
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: awaitsMeKey }),
  });
  if (questions.length === 0) return null;
  const answer = (question: Question, given: Answer) =>
    setAnswers((before) => ({ ...before, [keyOf(question)]: given }));
  return (
    <section className="stack questions" aria-label={t.questionsOf(target.cluster)}>
      {questions.map((question) => (
        <fieldset key={keyOf(question)} className="stack question">
          <legend>
            {question.object.kind} {question.object.name}
            {question.field === '' ? null : (
              <>
                {' '}
                <code className="breakable">{question.field}</code>
              </>
            )}
          </legend>
          {question.about === 'field' ? (
            <FieldChoice
              question={question}
              answer={answers[keyOf(question)]}
              onAnswer={(given) => answer(question, given)}
            />
          ) : question.about === 'adopt' ? (
            <Choice
              name={keyOf(question)}
              checked={answers[keyOf(question)]?.choice === 'adopt'}
              onChoose={() => answer(question, { choice: 'adopt' })}
              title={t.adopt(release.application)}
            >
              {t.adoptHint(question.manager ?? '')}
            </Choice>
          ) : (
            <Recreate
              question={question}
              answer={answers[keyOf(question)]}
              onAnswer={(given) => answer(question, given)}
            />
          )}
        </fieldset>
      ))}
      {decide.isError ? <ProblemAlert problem={problemOf(decide.error)} /> : null}
      <div className="row wrap">
        <ActionButton
          small
          kind="primary"
          reason={refusal ?? (open > 0 ? t.decideFirst(open) : undefined)}
          pending={decide.isPending}
          onClick={() => decide.mutate()}
        >
          {t.decide(target.cluster)}
        </ActionButton>
        <span className="muted">{t.decideElse}</span>
      </div>
    </section>
  );
}

function FieldChoice(props: { question: Question; answer: Answer | undefined; onAnswer: (answer: Answer) => void }) {
  const { question, answer, onAnswer } = props;
  const manager = question.manager ?? t.somebody;
  return (
    <>
      <Choice
        name={keyOf(question)}
        checked={answer?.choice === 'yield'}
        onChoose={() => onAnswer({ choice: 'yield' })}
        title={t.yieldTo(manager)}
      >
        <Value text={question.live} />
      </Choice>
      <Choice
        name={keyOf(question)}
        checked={answer?.choice === 'take'}
        onChoose={() => onAnswer({ choice: 'take' })}
        title={t.takeOver}
      >
        <Value text={question.ours} />
      </Choice>
    </>
  );
}

function Recreate(props: { question: Question; answer: Answer | undefined; onAnswer: (answer: Answer) => void }) {
  const { question, answer, onAnswer } = props;
  const id = `recreate ${question.object.kind} ${question.object.name}`;
  return (
    <div className="field">
      <p>{t.recreateHint}</p>
      <label htmlFor={id}>{t.recreateConfirm(question.object.name)}</label>
      <input
        id={id}
        value={answer?.confirm ?? ''}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onAnswer({ choice: 'recreate', confirm: event.target.value })}
      />
    </div>
  );
}

function Choice(props: {
  name: string;
  title: string;
  checked: boolean;
  onChoose: () => void;
  children: React.ReactNode;
}) {
  return (
    <label className="choice">
      <input type="radio" name={props.name} checked={props.checked} onChange={props.onChoose} />
      <span>
        <strong>{props.title}</strong> <span className="muted breakable">{props.children}</span>
      </span>
    </label>
  );
}

function Value({ text }: { text: string | undefined }) {
  return text === undefined ? t.notShown : <code>{text}</code>;
}
