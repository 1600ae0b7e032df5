/** A live message as it leaves, made once for all sockets that are sent it. */
export interface Frame {
  /** A Socket.IO event packet (type 2) of the default namespace. https://socket.io/docs/v4/socket-io-protocol/#event */
  readonly packet: string;
  /** The WebSocket frame of the packet in an engine.io message (type 4): engine.io sends it as it is. */
  readonly wsPreEncodedFrame: Buffer[];
}

export function frameOf(channel: string, json: string): Frame {
  const packet = `2["${channel}",${json}]`;
  const payload = Buffer.from(`4${packet}`);
  return { packet, wsPreEncodedFrame: [Buffer.concat([headOf(payload.length), payload])] };
}

/** Of a whole text message from a server. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function headOf(length: number): Buffer {
  const WHOLE_TEXT = 0x81;
  if (length < 126) return Buffer.from([WHOLE_TEXT, length]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head.writeUInt8(WHOLE_TEXT, 0);
  head.writeUInt8(length < 65_536 ? 126 : 127, 1);
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
