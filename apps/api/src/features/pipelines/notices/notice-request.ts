import type { ConnectionKind } from '../connections.store.ts';
import { dingtalkNotice } from './dingtalk.ts';
import { feishuNotice } from './feishu.ts';
import type { NoticeInput, NoticeRequest } from './notice-message.ts';
import { slackNotice } from './slack.ts';
import { webhookNotice } from './webhook.ts';

/** A notice in the form of its channel. */
export function noticeRequest(kind: ConnectionKind, input: NoticeInput): NoticeRequest {
  switch (kind) {
    case 'slack':
      return slackNotice(input);
    case 'feishu':
      return feishuNotice(input);
    case 'dingtalk':
      return dingtalkNotice(input);
    default:
      return webhookNotice(input);
  }
}
