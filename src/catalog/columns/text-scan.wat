;; Which texts of a column contain a part: one pass over all of them, 64 bytes at a time. text-column.ts is its only caller;
;; text-scan-module.ts holds this file assembled, which text-column.test.ts does anew and compares.
(module
  (import "column" "memory" (memory 1))

  ;; One bit for each of the 64 bytes from $at that is $byte: the first one's is the lowest.
  (func $places (param $at i32) (param $byte v128) (result i64)
    (i64.or
      (i64.or
        (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $byte) (v128.load (local.get $at)))))
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $byte) (v128.load offset=16 (local.get $at)))))
          (i64.const 16)))
      (i64.or
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $byte) (v128.load offset=32 (local.get $at)))))
          (i64.const 32))
        (i64.shl
          (i64.extend_i32_u (i8x16.bitmask (i8x16.eq (local.get $byte) (v128.load offset=48 (local.get $at)))))
          (i64.const 48)))))

  ;; The texts stand from $from to before $end: 0xff, first text, 0xff, second text, 0xff. No text has a byte 0xff.
  ;; The part has $length bytes from 1, from $part. Of these the ones at $one and $two are looked for in 64 places at once,
  ;; and the rest, 16 bytes at once, where both are: they should be rare ones. $one and $two may be the same.
  ;; Sets bit n of the bytes from $bits for text n, from 0. A part that begins with 0xff and ends with it is a whole text.
  (func (export "scan")
      (param $from i32) (param $end i32) (param $part i32) (param $length i32) (param $one i32) (param $two i32)
      (param $bits i32)
    (local $at i32)          ;; of the 64 bytes that are looked at
    (local $texts i32)       ;; marks 0xff before them
    (local $marks i64)       ;; one bit for each of the 64 that is a mark
    (local $hits i64)        ;; one bit for each of the 64 where the part may begin
    (local $hit i32)         ;; where the first of these is
    (local $upto i64)        ;; bits of all places up to it
    (local $index i32)       ;; in the part
    (local $text i32)        ;; the number of the text
    (local $byte i32)        ;; of its bit
    (local $mark v128)
    (local $first v128)
    (local $second v128)
    (local.set $mark (i8x16.splat (i32.const 0xff)))
    (local.set $first (i8x16.splat (i32.load8_u (i32.add (local.get $part) (local.get $one)))))
    (local.set $second (i8x16.splat (i32.load8_u (i32.add (local.get $part) (local.get $two)))))
    (local.set $at (local.get $from))
    (block $done
      (loop $blocks
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $marks (call $places (local.get $at) (local.get $mark)))
        (local.set $hits (i64.and
          (call $places (i32.add (local.get $at) (local.get $one)) (local.get $first))
          (call $places (i32.add (local.get $at) (local.get $two)) (local.get $second))))
        (block $no_hits
          (loop $each_hit
            (br_if $no_hits (i64.eqz (local.get $hits)))
            (local.set $upto (i64.xor (local.get $hits) (i64.sub (local.get $hits) (i64.const 1))))
            (local.set $hit (i32.add (local.get $at) (i32.wrap_i64 (i64.ctz (local.get $hits)))))
            (local.set $hits (i64.and (local.get $hits) (i64.sub (local.get $hits) (i64.const 1))))
            ;; What stands behind the end is no text.
            (br_if $no_hits (i32.ge_u (local.get $hit) (local.get $end)))
            (local.set $index (i32.const 0))
            (loop $compare
              ;; Of the last 16 bytes those behind the part count as equal.
              (br_if $each_hit (i32.ne
                (i32.const 0xffff)
                (i32.and (i32.const 0xffff) (i32.or
                  (i8x16.bitmask (i8x16.eq
                    (v128.load (i32.add (local.get $hit) (local.get $index)))
                    (v128.load (i32.add (local.get $part) (local.get $index)))))
                  (select
                    (i32.const 0)
                    (i32.shl (i32.const -1) (i32.sub (local.get $length) (local.get $index)))
                    (i32.ge_u (i32.sub (local.get $length) (local.get $index)) (i32.const 16)))))))
              (local.set $index (i32.add (local.get $index) (i32.const 16)))
              (br_if $compare (i32.lt_u (local.get $index) (local.get $length))))
            (local.set $text (i32.sub
              (i32.add (local.get $texts) (i32.wrap_i64 (i64.popcnt (i64.and (local.get $marks) (local.get $upto)))))
              (i32.const 1)))
            (local.set $byte (i32.add (local.get $bits) (i32.shr_u (local.get $text) (i32.const 3))))
            (i32.store8 (local.get $byte) (i32.or
              (i32.load8_u (local.get $byte))
              (i32.shl (i32.const 1) (i32.and (local.get $text) (i32.const 7)))))
            ;; Further hits in the same text say nothing: on from the next mark, or with the next 64 bytes if there is none.
            (local.set $upto (i64.and (local.get $marks) (i64.xor (local.get $upto) (i64.const -1))))
            (local.set $hits (i64.and (local.get $hits) (i64.sub
              (i64.const 0)
              (i64.and (local.get $upto) (i64.sub (i64.const 0) (local.get $upto))))))
            (br $each_hit)))
        (local.set $texts (i32.add (local.get $texts) (i32.wrap_i64 (i64.popcnt (local.get $marks)))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $blocks)))))
