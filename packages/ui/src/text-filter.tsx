import { useTyped } from './use-typed.ts';

/** A filter that writes the URL once typing rests. */
export function TextFilter(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  focus?: boolean;
}) {
  const { label, value, onChange, focus } = props;
  const [typed, setTyped] = useTyped(value, onChange);
  return (
    <input
      aria-label={label}
      placeholder={label}
      value={typed}
      {...(focus === true ? { 'data-filter': true } : {})}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
