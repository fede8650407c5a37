import { useEffect, useState } from 'react';

const typingMs = 300;

/** A filter that writes the URL once typing rests. */
export function TextFilter(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  focus?: boolean;
}) {
  const { label, value, onChange, focus } = props;
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), typingMs);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
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
