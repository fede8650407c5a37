import { previewEdit, readEditable, saveEdit } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import { placeOf } from './address-rights.ts';
import type { ObjectEdits } from './edit-object.ts';

const placeOfParams = ({ params: { id, namespace } }: { params: { id: string; namespace: string } }) =>
  placeOf({ clusterId: id, namespace });

export function editsRoutes({ objectEdits }: { objectEdits: ObjectEdits }): BoundEndpoint[] {
  return [
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
