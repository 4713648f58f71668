"""The provider `practice`: a process that OpenTofu and Terraform start for each walk of a plan.

It is started three times for each plan, so it loads next to nothing. grpcio and protobuf would take
0.15 s each time, which is more than all the rest of a plan; h2 takes 0.07 s. So the little of
HTTP/2, gRPC, protocol buffers and MessagePack that one client on a socket of its own speaks is
here, a file each: below, what none of them knows of the others.

    main ──▶ serve ──▶ http2 ──▶ hpack
         ──▶ calls ──▶ provider ──▶ planning, mishap, schema
                  ──▶ wire, messages, values
"""
