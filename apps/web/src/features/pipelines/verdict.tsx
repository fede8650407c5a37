import { type Status, StatusDot } from '@quarterdeck/ui';

/** A status in a word, and why in a sentence; where nothing is to be done it is said quietly. */
export function Verdict(props: { shown: { status: Status | undefined; word: string; why: string | undefined } }) {
  const { status, word, why } = props.shown;
  return (
    <>
      {status === undefined ? <span className="muted">{word}.</span> : <StatusDot status={status}>{word}</StatusDot>}{' '}
      <span className="muted">{why}</span>
    </>
  );
}
