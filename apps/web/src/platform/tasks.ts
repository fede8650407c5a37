import { useSyncExternalStore } from 'react';

/** Own long work: what it is called, where it is seen, and what to ask of it. */
export type Task = {
  /** Id of the release. */
  id: string;
  title: string;
  /** Path in the portal. */
  to: string;
  startedAt: string;
};

const key = 'quarterdeck.tasks';
const listeners = new Set<() => void>();
let tasks = read();

function read(): readonly Task[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '[]') as Task[];
  } catch {
    return [];
  }
}

function write(next: readonly Task[]): void {
  tasks = next;
  localStorage.setItem(key, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Follows own work until it ends, over reloads and other pages. */
export function startTask(task: Omit<Task, 'startedAt'>): void {
  write([...read().filter((other) => other.id !== task.id), { ...task, startedAt: new Date().toISOString() }]);
}

export function endTask(id: string): void {
  write(read().filter((task) => task.id !== id));
}

function subscribe(listener: () => void): () => void {
  // Work begun or ended in another tab is of this tab too.
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== key) return;
    tasks = read();
    listener();
  };
  listeners.add(listener);
  window.addEventListener('storage', elsewhere);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', elsewhere);
  };
}

/** Own work that has not ended yet. */
export function useTasks(): readonly Task[] {
  return useSyncExternalStore(subscribe, () => tasks);
}
