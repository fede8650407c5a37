import { deleteRejectedDigest, listRejectedDigests } from '@quarterdeck/contracts/releases';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './api.ts';
import { useRefusal } from './me.tsx';

/**
 * Images of an application that a release was rolled back from by itself, and how to let one be released again.
 * `refusal` says why the asker may not.
 */
export function useRejectedImages(applicationId: string) {
  const queries = useQueryClient();
  const queryKey = ['applications', 'rejected', applicationId];
  const refusal = useRefusal('releases:operate');
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => api.call(listRejectedDigests, { params: { id: applicationId } }, { signal }),
  });
  const forgive = useMutation({
    mutationFn: (id: string) => api.call(deleteRejectedDigest, { params: { id } }),
    // A preview refuses what is rejected, so it is another one now.
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey }),
        queries.invalidateQueries({ queryKey: ['releases', 'preview'] }),
      ]),
  });
  return { query, forgive, refusal };
}
