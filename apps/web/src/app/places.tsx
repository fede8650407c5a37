import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from './home.messages.ts';
import { recents, starred } from './recents.ts';

const shown = 6;

/** Starred pages and those one was at last, in this browser. */
export function Places() {
  const [stars] = useState(starred);
  const [recent] = useState(recents);
  return (
    <>
      <List title={t.starred} places={stars} />
      <List title={t.places} places={recent.slice(0, shown)} />
    </>
  );
}

function List({ title, places }: { title: string; places: ReturnType<typeof recents> }) {
  if (places.length === 0) return null;
  return (
    <section className="panel stack" aria-label={title}>
      <h2>{title}</h2>
      <ul className="plain-list">
        {places.map((place) => (
          <li key={place.to} className="clip">
            <Link to={place.to}>{place.title}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
