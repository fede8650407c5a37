import { ObjectDrift } from '../features/releases/index.ts';
import { ObjectPage } from '../features/workloads/object-page.tsx';
import { WorkloadPage } from '../features/workloads/workload-page.tsx';
import { deedsOf } from './pages-with-deeds.tsx';

/** One object, with what hands did to it since a release put it there. */
export function ObjectWithDrift() {
  return <ObjectPage notes={(address) => <ObjectDrift {...address} />} actions={deedsOf} />;
}

/** One workload over its clusters, with what hands did to its copies. */
export function WorkloadWithDrift() {
  return <WorkloadPage notes={(of) => <ObjectDrift {...of} />} />;
}
