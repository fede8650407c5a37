import {
  applyManifests,
  type ManifestApply,
  previewApply,
  previewEdit,
  readEditable,
  saveEdit,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import { placeOf } from './address-rights.ts';
import type { ManifestApplies } from './apply-manifests.ts';
import type { ObjectEdits } from './edit-object.ts';

const placeOfParams = ({ params: { id, namespace } }: { params: { id: string; namespace: string } }) =>
  placeOf({ clusterId: id, namespace });

/** Where documents go that name no place; each that names one is asked for by itself, later. */
const placeOfApply = ({ params: { id }, body: { namespace } }: { params: { id: string }; body: ManifestApply }) =>
  placeOf({ clusterId: id, namespace: namespace ?? '_' });

export function editsRoutes(deps: { objectEdits: ObjectEdits; manifestApplies: ManifestApplies }): BoundEndpoint[] {
  const { objectEdits, manifestApplies } = deps;
  return [
    bind(previewApply, placeOfApply, async ({ params, body }, { actor }) => ({
      documents: await manifestApplies.preview(actor, params.id, body),
    })),
    bind(applyManifests, placeOfApply, async ({ params, body }, { actor }) => ({
      documents: await manifestApplies.apply(actor, params.id, body),
    })),
    bind(readEditable, placeOfParams, async ({ params: { id, ...address }, query }, { actor }) =>
      objectEdits.read(actor, { clusterId: id, ...address }, query),
    ),
    bind(previewEdit, placeOfParams, async ({ params: { id, ...address }, body }, { actor }) =>
      objectEdits.preview(actor, { clusterId: id, ...address }, body),
    ),
    bind(saveEdit, placeOfParams, async ({ params: { id, ...address }, body }, { actor }) =>
      objectEdits.save(actor, { clusterId: id, ...address }, body),
    ),
  ];
}
