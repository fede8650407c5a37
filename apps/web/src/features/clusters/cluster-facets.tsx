import type { Cluster } from '@quarterdeck/contracts';
import { MultiPicker } from '@quarterdeck/ui';
import { useMemo } from 'react';
import { countFacet, type FacetKey, facetKeys, type Picked } from './cluster-filter.ts';
import { t } from './clusters.messages.ts';

/** A picker for each label that every fleet has, with how many clusters hold each value. */
export function ClusterFacets(props: {
  clusters: readonly Cluster[];
  picked: Picked;
  onChange: (key: FacetKey, values: string[]) => void;
}) {
  const { clusters, picked } = props;
  const counts = useMemo(
    () => facetKeys.map((key) => [key, countFacet(clusters, picked, key)] as const),
    [clusters, picked],
  );
  return counts
    .filter(([key, values]) => values.length > 1 || picked[key].length > 0)
    .map(([key, values]) => (
      <MultiPicker
        key={key}
        label={t.facets[key]}
        all={t.anyOf[key]}
        picked={picked[key]}
        options={values.map(([value, count]) => ({ value, detail: count.toLocaleString() }))}
        onChange={(next) => props.onChange(key, next)}
      />
    ));
}
